/** A receiver of webhooks that verifies what it gets with a library that nobody here wrote. */
import { createServer, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { onTestFinished, vi } from 'vitest';
import { listen } from '../listen.ts';

/** What receivers and senders know. */
export const SECRET = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;

/** A message that came, verified. */
export interface Delivered {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How a receiver answers; the verified messages before this one are counted from 0. */
export type Answering = (response: ServerResponse, index: number) => void;

const taken: Answering = (response) => void response.writeHead(204).end();

/** Starts one; it ends with the test. */
export async function givenReceiver(
  ...given: Parameters<typeof openReceiver>
): ReturnType<typeof openReceiver> {
  const receiver = await openReceiver(...given);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Starts one that whoever starts it ends. */
export async function openReceiver(
  answering: Answering = taken,
  { port = 0 }: { readonly port?: number } = {},
) {
  const delivered: Delivered[] = [];
  const refused: unknown[] = [];
  let answer = answering;
  const webhook = new Webhook(SECRET);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      try {
        const body = webhook.verify(Buffer.concat(chunks).toString(), headers) as object;
        delivered.push({ id: headers['webhook-id'] ?? '', ...body } as Delivered);
      } catch (error) {
        refused.push(error);
        response.writeHead(401).end();
        return;
      }
      answer(response, delivered.length - 1);
    });
  });
  const { url, port: bound, close } = await listen(server, port);
  return {
    url: `${url}/hooks`,
    port: bound,
    delivered,
    /** What did not verify. */
    refused,
    close,
    answerWith(next: Answering) {
      answer = next;
    },
    /** The messages, once there are so many. */
    async messages(count: number, timeout = 15_000): Promise<readonly Delivered[]> {
      await vi.waitUntil(() => delivered.length >= count, { timeout, interval: 10 });
      return delivered;
    },
  };
}

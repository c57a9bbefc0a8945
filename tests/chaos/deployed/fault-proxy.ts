/** What stands between the functions and the emulator: it does to each call what the faults of now say. */
import { Agent, createServer, request as send, type IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { listen } from '../../listen.ts';
import { isCount, type Counted, type UpdateRequest } from './counted.ts';
import type { Faults } from './fates.ts';

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  /** Where calls go; before it is said, none may come. */
  forwardTo(endpoint: string): void;
  /** How many calls are under way, the late ones too that nobody waits for any more. */
  underWay(): number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const FATE = '/_fate/';

/** Starts it. It also tells the emulator's own seams (seams.py) what becomes of their calls. */
export async function startFaultProxy(faults: Faults, counted: Counted): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  let endpoint = '';
  let underWay = 0;
  const serve = async (asked: IncomingMessage, response: ServerResponse) => {
    const { url = '/' } = asked;
    const body = await buffer(asked);
    if (url.startsWith(FATE)) {
      response.end(JSON.stringify(faults.orderOf(decodeURIComponent(url.slice(FATE.length)))));
      return;
    }
    const act = () => forward(agent, new URL(url, endpoint), asked, body);
    underWay += 1;
    try {
      await obey({ asked, body, response, faults, counted, act });
    } finally {
      underWay -= 1;
    }
  };
  const server = createServer((asked, response) => {
    // A caller that went away, or an emulator that ended: as if the network had failed.
    serve(asked, response).catch(() => response.destroy());
  });
  const { url, close } = await listen(server);
  return {
    url,
    forwardTo(to) {
      endpoint = to;
    },
    underWay: () => underWay,
    async close() {
      agent.destroy();
      await close();
    },
  };
}

async function obey(given: {
  readonly asked: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly faults: Faults;
  readonly counted: Counted;
  readonly act: () => Promise<Answer>;
}): Promise<void> {
  const { asked, body, response, faults, counted } = given;
  const trace = String(asked.headers['x-amzn-trace-id'] ?? '');
  const operation = operationOf(asked);
  const update = operation === 'dynamodb:UpdateItem' ? (parse(body) as UpdateRequest) : null;
  const [, self = 'front'] = /Self=([^;]+)/.exec(trace) ?? [];
  const order = faults.orderOf(`${self} ${operation}`, update !== null && isCount(update));
  const act = async () => {
    const answer = await given.act();
    if (update !== null && answer.status === 200) {
      counted.add({ trace, request: update, answer: parse(answer.body) as object });
    }
    return answer;
  };
  await pause(order.beforeMs);
  if (order.refusal !== null) {
    refuse(response, order.status, order.refusal);
    return;
  }
  const answer = order.acts === 0 ? null : await act();
  if (answer === null || !order.told) {
    response.destroy();
    return;
  }
  // Said here, so that it is not chunked: clients of AWS's query protocol want a length.
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  response.end(answer.body);
  if (order.acts === 2) {
    await pause(order.afterMs);
    await act();
  }
}

/** As AWS's JSON protocol says no. */
function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `com.amazonaws#${error}`, message: 'refused by a fault' }));
}

function forward(
  agent: Agent,
  url: URL,
  { method, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The signature is over these headers, the host among them.
    const sending = send(url, { agent, method, headers }, (answer) => {
      buffer(answer).then(
        (whole) =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: whole }),
        reject,
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** As `dynamodb:UpdateItem`; of what is called by a path, its last part. */
function operationOf({ headers, url = '' }: IncomingMessage): string {
  const [service = '', operation = ''] = String(headers['x-amz-target'] ?? '').split('.');
  const known = { DynamoDB_20120810: 'dynamodb', AWSEvents: 'events', AWSStepFunctions: 'states' };
  const name = known[service as keyof typeof known];
  return name === undefined ? (url.split('/').at(-1) ?? '') : `${name}:${operation}`;
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString() || '{}');
}

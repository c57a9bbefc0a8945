/** HTTP servers on this machine that stand where DynamoDB would, and misbehave as told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as it came in, read to its end. */
export interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** A server and what it has seen so far. */
export interface LocalServer {
  readonly endpoint: string;
  readonly received: readonly Received[];
  connections(): number;
}

/** How a server answers the request that came n-th, counted from 1. */
export type Answer = (
  response: ServerResponse,
  received: Received,
  nth: number,
) => Promise<void> | void;

/** Starts a server on a free port; it ends with the test, open requests included. */
export async function givenServer(answer: Answer): Promise<LocalServer> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ request, body });
      return answer(response, { request, body }, received.length);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, received, connections: () => connections };
}

/** Answers with JSON as DynamoDB does. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/** Answers with an error as DynamoDB does. */
export function answerError(response: ServerResponse, status: number, name: string): void {
  const type = `com.amazonaws.dynamodb.v20120810#${name}`;
  answerJson(response, status, { __type: type, message: 'as told' });
}

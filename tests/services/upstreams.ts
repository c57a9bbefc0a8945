/** Upstreams of the tests: real servers that remember what they were sent. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { onTestFinished } from 'vitest';
import { memoryLastGood } from '../../lib/services/last-good-memory.ts';
import type { ServiceRequest } from '../../lib/services/service.ts';
import { createUpstreamService } from '../../lib/services/upstream.ts';
import type { UpstreamParts } from '../../lib/services/upstream-parts.ts';
import type { UpstreamSettings } from '../../lib/services/upstream-settings.ts';
import { rememberingTelemetry } from '../functions/events.ts';

/** A request as an upstream got it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

/** How an upstream answers. */
export type Responder = (seen: Seen, response: ServerResponse, request: IncomingMessage) => void;

/** A server on a free port. */
export interface Upstream {
  readonly url: URL;
  readonly seen: Seen[];
  /** Replaces how it answers from now on. */
  respond(responder: Responder): void;
  /** Answers every request so. */
  answer(status: number, body?: string, headers?: Readonly<Record<string, string>>): void;
}

/** Starts an upstream that answers 200 until it is told otherwise; it ends with the test. */
export async function givenUpstream(): Promise<Upstream> {
  const seen: Seen[] = [];
  let respond: Responder = (_seen, response) => void response.end('{"fine":true}');
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const bytes = Buffer.concat(chunks);
      const one = { method, path, headers, body: bytes.toString(), bytes };
      seen.push(one);
      respond(one, response, request);
    });
  });
  onTestFinished(() => server.closeAllConnections());
  return {
    url: new URL(`http://127.0.0.1:${await listening(server)}/`),
    seen,
    respond(responder) {
      respond = responder;
    },
    answer(status, body = '', headers = {}) {
      respond = (_seen, response) => void response.writeHead(status, headers).end(body);
    },
  };
}

/** A server below HTTP. */
export async function givenSockets(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(server);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** How the clients of the tests are made. */
export const CLIENT = { timeoutMs: 2_500, breakAfter: 5 };

/** The time of the tests. */
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const readCredential = async (): Promise<string> => {
  throw new Error('no test has credentials but by its own parts');
};

/** The service before one upstream, whatever the face. */
export function givenService(
  url: URL,
  given: Partial<UpstreamSettings> = {},
  parts: Partial<UpstreamParts> = {},
) {
  const { telemetry, told } = rememberingTelemetry();
  const clock = { nowMs: () => NOW_MS };
  const lastGood = memoryLastGood(clock);
  const service = createUpstreamService(
    {
      fullUrl: url,
      degraded: url,
      probeUrl: url,
      ...CLIENT,
      append: true,
      location: 'pass',
      passCors: false,
      credentials: [],
      ...given,
    },
    {
      telemetry,
      clock,
      lastGood: async () => lastGood,
      readCredential,
      carriesBinary: true,
      ...parts,
    },
  );
  return { service, told };
}

/** What every call is told besides its request. */
export const CONTEXT = { scope: 'default', executionId: 'x-1' };

/** A request as the gateway hands it on. */
export const requestOf = (given: Partial<ServiceRequest> = {}): ServiceRequest => ({
  method: 'POST',
  resource: '/service-api',
  pathParameters: {},
  query: {},
  headers: {},
  bodyText: '',
  body: null,
  ...given,
});

/** An upstream that never ends an answer; tells when each request came and when it was left. */
export const givenHanging = async (begin: (response: ServerResponse) => void = () => {}) => {
  const upstream = await givenUpstream();
  const left: Promise<void>[] = [];
  const arrivals = new EventEmitter();
  upstream.respond((_seen, response) => {
    begin(response);
    const one = Promise.withResolvers<void>();
    response.on('close', () => one.resolve());
    left.push(one.promise);
    arrivals.emit('one');
  });
  return {
    ...upstream,
    left,
    async arrived(times: number) {
      while (upstream.seen.length < times) await once(arrivals, 'one');
    },
  };
};

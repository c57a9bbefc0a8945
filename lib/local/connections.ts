/** What Node keeps from Fastify: broken and slow requests, CONNECT, an Expect that cannot be met. */
import { maxHeaderSize } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './problems.ts';
import type { RequestLog } from './request-log.ts';

/** How long headers may take to arrive, in milliseconds. */
export const HEADERS_TIMEOUT_MS = 5_000;
/** How long a whole request may take to arrive, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How long a connection may wait for its next request, in milliseconds. */
export const KEEP_ALIVE_MS = 5_000;

/** Answers what is not even an HTTP request, or came too slowly, and closes the connection. */
export const refuseConnection =
  (log: RequestLog) =>
  (error: NodeJS.ErrnoException & { readonly reason?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    answerRaw(log, socket, describeConnectionError(error));
  };

type Refusal = readonly [status: number, words: string, message: string];

function describeConnectionError(
  error: NodeJS.ErrnoException & { readonly reason?: string },
): Refusal {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const limits = `headers have ${HEADERS_TIMEOUT_MS} ms, all of it has ${REQUEST_TIMEOUT_MS} ms`;
    return [408, 'Request Timeout', `the request took too long to arrive: ${limits}`];
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const message = `the headers must be at most ${maxHeaderSize} bytes, got more`;
    return [431, 'Request Header Fields Too Large', message];
  }
  const message = `this is not an HTTP request: ${error.reason ?? error.message}`;
  return [400, 'Bad Request', message];
}

/** Makes requests of what Node would answer, or drop, in its own words. */
export function takeEveryRequest(front: FastifyInstance, log: RequestLog): void {
  const { server } = front;
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
  server.on('connect', (_request, socket: Socket) => {
    const message = 'CONNECT is for proxies, which this is not; it takes GET, POST, PUT and DELETE';
    answerRaw(
      log,
      socket,
      [405, 'Method Not Allowed', message],
      'Allow: GET, POST, PUT, DELETE\r\n',
    );
  });
  front.addHook('onRequest', async (request, reply) => refuseHead(request, reply));
}

/** HTTP/1.1 needs a Host, and 100-continue is the one expectation that there is. */
function refuseHead(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const { host, expect } = request.headers;
  if (host === undefined && request.raw.httpVersion === '1.1') {
    return refuse(reply.header('Connection', 'close'), 400, 'the Host header is missing');
  }
  if (countOf(request.raw.rawHeaders, 'host') > 1) {
    return refuse(reply.header('Connection', 'close'), 400, 'there must be one Host header');
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    const got = JSON.stringify(expect.slice(0, 40));
    return refuse(
      reply.header('Connection', 'close'),
      417,
      `Expect must be 100-continue, got ${got}`,
    );
  }
  return undefined;
}

/** Node keeps the first of two; who stands before this server may go by the second. */
function countOf(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
}

function answerRaw(
  log: RequestLog,
  socket: Socket,
  [status, words, message]: Refusal,
  header = '',
): void {
  log.refused(socket, status);
  const body = JSON.stringify({ status, message });
  const head = `HTTP/1.1 ${status} ${words}\r\nContent-Type: application/json; charset=utf-8`;
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  if (socket.writable) socket.write(`${head}\r\n${header}${length}\r\n\r\n${body}`);
  socket.destroySoon();
}

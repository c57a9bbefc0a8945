/** The HTTP server whose connections are gates: bounded in number, in what they hold and in time. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { HEADERS_TIMEOUT_MS, KEEP_ALIVE_MS, REQUEST_TIMEOUT_MS } from '../connections.ts';
import { Gate } from './gate.ts';

/** How long an answer may wait for a client that does not read it, in milliseconds. */
export const UNREAD_TIMEOUT_MS = 10_000;
/** How often it is looked for, in milliseconds. */
const SWEEP_MS = 1_000;

/** What a server is made with. */
export interface GatedServerOptions {
  /** A further connection is closed at once. */
  readonly maxConnections: number;
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
  /** Told of each connection. */
  readonly onConnection: () => void;
  /** Told of each connection beyond maxConnections. */
  readonly onDrop: () => void;
}

/** Makes the server. */
export function createGatedServer(handler: RequestListener, options: GatedServerOptions): Server {
  const { maxConnections, nowMs, onConnection, onDrop } = options;
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000,
    requireHostHeader: false,
  });
  server.maxConnections = maxConnections;
  server.on('drop', onDrop);
  const gates = new Set<Gate>();
  const parsers = server.listeners('connection') as ((this: Server, stream: unknown) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    onConnection();
    const gate = new Gate(socket, nowMs);
    gates.add(gate);
    gate.once('close', () => gates.delete(gate));
    for (const parse of parsers) parse.call(server, gate);
    gate.open();
  });
  server.on('request', (request, response) => {
    gateOf(request)?.begin(request, response);
    handler(request, response);
  });
  const sweep = setInterval(() => {
    for (const gate of gates) if (gate.stalledMs() > UNREAD_TIMEOUT_MS) gate.destroy();
  }, SWEEP_MS).unref();
  server.once('close', () => clearInterval(sweep));
  return server;
}

/** The gate of a request's connection; undefined where there is none, as in tests without a socket. */
export function gateOf(request: { readonly socket: unknown }): Gate | undefined {
  return request.socket instanceof Gate ? request.socket : undefined;
}

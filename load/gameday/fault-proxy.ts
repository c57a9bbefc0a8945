/** A TCP proxy before an upstream that can be told to misbehave, connections that are open already included. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What it can do, in words. */
export const FAULTS = {
  latency: 'answers come 5 s late',
  errors: 'every request is answered with 503',
  resets: 'connections are reset when a request comes',
  partial: 'answers end after 40 bytes',
  drip: 'answers come a byte every 100 ms',
} as const;

/** The name of a fault. */
export type FaultName = keyof typeof FAULTS;

const LATENCY_MS = 5_000;
const PARTIAL_BYTES = 40;
const DRIP_MS = 100;

const UNAVAILABLE =
  'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nfault\n';

/** A running proxy. */
export interface FaultProxy {
  readonly port: number;
  /** null passes everything as it is. */
  set(fault: FaultName | null): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy on 127.0.0.1.
 *
 * @param port 0 takes a free one.
 * @throws Error where the port is taken.
 */
export async function startFaultProxy(upstream: URL, port: number): Promise<FaultProxy> {
  let fault: FaultName | null = null;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const target = connect(Number(upstream.port || 80), upstream.hostname);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    passUp(client, target, () => fault);
    passDown(target, client, () => fault)
      // Either side may be gone at any time: that is what it is for.
      .catch(() => {})
      .finally(() => client.destroy());
    client.once('close', () => target.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      fault = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function passUp(client: Socket, target: Socket, faultNow: () => FaultName | null): void {
  client.on('data', (chunk) => {
    const fault = faultNow();
    if (fault === 'resets') client.resetAndDestroy();
    else if (fault === 'errors') client.end(UNAVAILABLE);
    else target.write(chunk);
  });
  client.once('end', () => target.end());
}

/** In order, and with the end of the answer as late as its bytes. */
async function passDown(
  target: Socket,
  client: Socket,
  faultNow: () => FaultName | null,
): Promise<void> {
  for await (const chunk of target as AsyncIterable<Buffer>) {
    switch (faultNow()) {
      case 'partial':
        client.write(chunk.subarray(0, PARTIAL_BYTES));
        await pause(1);
        return;
      case 'drip':
        for (let at = 0; at < chunk.length && !client.destroyed; at += 1) {
          // An outage that is over drips no more.
          if (faultNow() !== 'drip') {
            client.write(chunk.subarray(at));
            break;
          }
          client.write(chunk.subarray(at, at + 1));
          await pause(DRIP_MS);
        }
        break;
      case 'latency':
        await pause(LATENCY_MS);
        client.write(chunk);
        break;
      case 'errors':
      case 'resets':
      case null:
        client.write(chunk);
    }
  }
  client.end();
  await once(client, 'close').catch(() => {});
}

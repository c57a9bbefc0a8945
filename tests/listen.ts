/** Servers of the tests on this machine: where they listen, and how they end. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** By HTTP. */
  readonly url: string;
  /** Ends it, with the requests that it has. */
  readonly close: () => Promise<void>;
}

/** Has a server listen on 127.0.0.1, by default on a free port; whoever has it ends it. */
export async function listen(
  server: Server & { closeAllConnections?(): void },
  wanted = 0,
): Promise<Listening> {
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections?.();
      await closed;
    },
  };
}

/** The same; it ends with the test. */
export async function givenListening(...given: Parameters<typeof listen>): Promise<Listening> {
  const server = await listen(...given);
  onTestFinished(server.close);
  return server;
}

/** An HTTP server of the test; @returns its address, without a slash at its end. */
export async function listening(listener: RequestListener): Promise<string> {
  return (await givenListening(createHttpServer(listener))).url;
}

/** A port where nobody listens. */
export async function freePort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return port;
}

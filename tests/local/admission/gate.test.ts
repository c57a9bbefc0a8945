/** Connections: one request in flight each, whatever their clients send, and an end to those that read nothing. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  createGatedServer,
  gateOf,
  UNREAD_TIMEOUT_MS,
} from '../../../lib/local/admission/gated-server.ts';

type Handler = Parameters<typeof createGatedServer>[0];

const listen = async (server: Server) => {
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const givenServer = (handler: Handler, nowMs = () => performance.now()) =>
  listen(
    createGatedServer(handler, {
      maxConnections: 100,
      nowMs,
      onConnection() {},
      onDrop() {},
    }),
  );

/** Sends pieces one after the other, and gives all that came once there are so many answers. */
const talk = async (port: number, pieces: readonly string[], answers: number) => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.setNoDelay();
  let text = '';
  const all = new Promise<string>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (text.split('HTTP/1.1 200').length > answers && text.endsWith(END)) resolve(text);
    });
  });
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, 'latin1', resolve));
  }
  return all;
};
const END = 'end of this answer';

const REQUESTS = [
  (name: string) => `GET /${name} HTTP/1.1\r\nHost: x\r\n\r\n`,
  (name: string) => `POST /${name} HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n\r\n\r\nGET `,
  (name: string) =>
    `POST /${name} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n`,
  (name: string) =>
    `PUT /${name} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n`,
  (name: string) => `\r\n\r\nDELETE /${name} HTTP/1.1\r\nHost: x\r\n\r\n`,
];

describe('requests that come without waiting', () => {
  test('are handled one after the other, in order, wherever their bytes are cut', async () => {
    const inFlight = new WeakMap<object, number>();
    let most = 0;
    let seen: string[] = [];
    const port = await givenServer((request, response) => {
      const { socket } = request;
      const count = (change: 1 | -1) => {
        const now = (inFlight.get(socket) ?? 0) + change;
        inFlight.set(socket, now);
        return now;
      };
      most = Math.max(most, count(1));
      seen.push(request.url ?? '');
      const answer = () => {
        count(-1);
        response.end(END);
      };
      // Some are answered before their body is read, some after, some a turn later.
      if (seen.length % 3 === 0) answer();
      else if (seen.length % 3 === 1) setImmediate(answer);
      else request.resume().once('end', answer);
    });
    const property = fc.asyncProperty(
      fc.array(fc.nat(REQUESTS.length - 1), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 8 }),
      async (kinds, cuts) => {
        seen = [];
        let text = kinds.map((kind, index) => REQUESTS[kind]?.(String(index)) ?? '').join('');
        const pieces = cuts.map((cut) => {
          const piece = text.slice(0, cut);
          text = text.slice(cut);
          return piece;
        });
        const answers = await talk(port, [...pieces, text].filter(Boolean), kinds.length);
        expect(answers.split(END)).toHaveLength(kinds.length + 1);
        expect(seen).toEqual(kinds.map((_kind, index) => `/${index}`));
      },
    );
    await fc.assert(property, { numRuns: 60 });
    expect(most).toBe(1);
  });

  test('are not read as long as none is answered: one is in the process, and 64 KiB at the most', async () => {
    const begun: (() => void)[] = [];
    const port = await givenServer((_request, response) => {
      begun.push(() => response.end(END));
    });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    const text = REQUESTS[0]?.('x') ?? '';
    // More than any kernel takes for a connection that nobody reads from.
    socket.write(text.repeat(1_000_000));
    await vi.waitUntil(() => begun.length > 0, { timeout: 10_000 });
    let waiting = -1;
    await vi.waitUntil(
      () => {
        const before = waiting;
        waiting = socket.writableLength;
        return waiting === before;
      },
      { timeout: 10_000 },
    );
    expect(waiting).toBeGreaterThan(0);
    expect(begun).toHaveLength(1);
    begun[0]?.();
    await vi.waitUntil(() => begun.length === 2, { timeout: 20_000 });
  });
});

test('a client that hangs up is known while its request runs', async () => {
  const reached = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<boolean>();
  const port = await givenServer((_request, response) => {
    response.once('close', () => closed.resolve(response.writableFinished));
    reached.resolve();
  });
  const socket = connect(port, '127.0.0.1');
  socket.write(REQUESTS[0]?.('x') ?? '');
  await reached.promise;
  socket.destroy();
  expect(await closed.promise).toBe(false);
});

test('a client that reads no answer is closed, and no other', async () => {
  let nowMs = 0;
  const gates: { readonly destroyed: boolean; stalledMs(): number }[] = [];
  const port = await givenServer(
    (request, response) => {
      const gate = gateOf(request);
      if (gate !== undefined) gates.push(gate);
      response.end(Buffer.alloc(request.url === '/long' ? 50_000_000 : 10));
    },
    () => nowMs,
  );
  const [unread, idle] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const socket of [unread, idle]) socket.on('error', () => {});
  onTestFinished(() => {
    idle.destroy();
  });
  idle.write(REQUESTS[0]?.('short') ?? '');
  await once(idle, 'data');
  unread.write(REQUESTS[0]?.('long') ?? '');
  await vi.waitUntil(() => gates.length === 2, { timeout: 20_000 });
  nowMs = UNREAD_TIMEOUT_MS;
  expect(gates.map((gate) => gate.stalledMs())).toEqual([0, UNREAD_TIMEOUT_MS]);
  nowMs += 1;
  await vi.waitUntil(() => gates[1]?.destroyed === true, { timeout: 3_000 });
  expect(gates[0]?.destroyed).toBe(false);
  unread.destroy();
});

test('answers are those of a server without gates', async () => {
  const handler: Handler = (request, response) => {
    response.setHeader('Date', 'now');
    request.resume().once('end', () => response.end(`${request.method} ${request.url} ${END}`));
  };
  const [gated, bare] = [await givenServer(handler), await listen(createServer(handler))];
  const text = REQUESTS.map((request, index) => request(String(index))).join('');
  const [ours, theirs] = await Promise.all(
    [gated, bare].map((port) => talk(port, [text], REQUESTS.length)),
  );
  expect(ours).toBe(theirs);
});

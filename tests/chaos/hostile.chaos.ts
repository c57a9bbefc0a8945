/** Requests that no client sends: each is answered in the words of the contract or cut off, and none ends the server. */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenFolder, startProcess } from '../local/process.ts';
import { requestBytes } from './clients.ts';
import { share, tried } from './report.ts';

const SEED = 20_261_126;
/** The longest answer to a hostile request, its head included. */
const MAX_ANSWER = 4_096;

/** A good request with some bytes of it changed, doubled, left out or of another kind. */
const hostile = fc
  .record({
    base: fc.constantFrom(
      requestBytes(false),
      'GET /circuit-breaker HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'PUT /circuit-breaker/override HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n',
      `GET /account/${'x'.repeat(11_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      'POST /service-api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    ),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.nat(20),
        put: fc.oneof(
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.constantFrom(
            '\r\n',
            '\n',
            '\0',
            '\r\nTransfer-Encoding: chunked',
            '\x9b',
            '1e999',
            '\r\n\r\n',
          ),
        ),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ base, edits }) =>
    edits.reduce((text, { at, cut, put }) => {
      const from = Math.floor(at * text.length);
      return text.slice(0, from) + put + text.slice(from + cut);
    }, base),
  );

test('requests with changed bytes', async () => {
  const server = await startProcess({ DATA_DIR: await givenFolder(), LOG_LEVEL: 'warn' });
  const times = share(5_000);
  const { hostname, port } = new URL(server.url);
  const answers = new Map<string, number>();
  const attack = async (bytes: string) => {
    const socket = connect(Number(port), hostname).on('error', () => {});
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.end(bytes, 'latin1');
    await once(socket, 'close');
    expect(answer.length).toBeLessThan(MAX_ANSWER * Math.max(1, answer.split('HTTP/1.1 ').length));
    expect(answer).not.toMatch(/\n {4}at |node:internal|\/lib\/local\//);
    const status = answer === '' ? 'closed' : answer.slice(9, 12);
    answers.set(status, (answers.get(status) ?? 0) + 1);
  };
  const requests = fc.sample(hostile, { numRuns: times, seed: SEED });
  for (let sent = 0; sent < times; sent += 50) {
    await Promise.all(requests.slice(sent, sent + 50).map(attack));
  }
  expect((await clientOf(server.url).post({ error: false })).status).toBe(200);
  expect([...answers.keys()].filter((status) => status === '500')).toEqual([]);
  const told = [...answers].map(([status, count]) => `${status}: ${count}`).toSorted();
  tried({ what: 'requests with changed bytes', times, result: told.join(', ') });
});

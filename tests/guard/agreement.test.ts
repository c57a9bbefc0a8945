/** Guard and workflow on one row agree with one oracle, while both move it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withLevels } from '../../lib/entries/guard.ts';
import { answerOf, BY_THE_BOOK, stepByTheBook } from '../flow/by-the-book.ts';
import { givenService } from '../flow/given.ts';
import { rowOf } from '../flow/random-walk.ts';
import { HandClock, patiently, storeOn } from './given.ts';

interface Asked {
  readonly error: boolean;
}

const face =
  (level: 1 | 2, msg: string) =>
  async ({ error }: Asked) =>
    error
      ? { statusCode: 500, body: JSON.stringify({ status: 500, message: 'Internal Server Error' }) }
      : { statusCode: 200, body: JSON.stringify({ status: 200, level, msg }) };

test('a random sequence of requests to either gives the answers and counters of the rules', async () => {
  const service = await givenService();
  const { table } = service.server;
  if (table === null) throw new Error('expected a table in this process');
  const clock = new HandClock();
  let asked: Asked = { error: false };
  const guard = withLevels({
    store: storeOn(table.connection, 'ServiceResiliencyTable-dev'),
    policy: 'classic',
    full: face(1, 'Full Capacity'),
    degraded: face(2, 'Degraded Mode'),
    probe: () => (asked.error ? 'error' : 'success'),
    clock,
    within: patiently,
  });
  const runs = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 12 })), {
    minLength: 24,
    maxLength: 24,
  });
  const [sequence = []] = fc.sample(runs, { numRuns: 1, seed: 20_261_126 });
  const seen = new Set<string>();
  let row = BY_THE_BOOK;
  for (const [error, byGuard, times] of sequence) {
    for (let time = 0; time < times; time += 1) {
      asked = { error };
      // Old enough to be read anew: what the other has done in between is seen.
      clock.on(4_000);
      const reply = byGuard ? await guard(asked, {}) : await service.post(asked);
      const [status, body] =
        'statusCode' in reply
          ? [reply.statusCode, JSON.parse(reply.body) as unknown]
          : [reply.status, reply.body];
      expect({ status, body }).toEqual(answerOf(row, error));
      seen.add(`${byGuard ? 'guard' : 'workflow'} at ${row.level}`);
      row = stepByTheBook(row, error);
    }
    expect(await rowOf(service)).toEqual(row);
  }
  expect(seen.size).toBe(6);
});

test('what the guard saw under a level that the workflow has left counts nowhere', async () => {
  const service = await givenService();
  const { table } = service.server;
  if (table === null) throw new Error('expected a table in this process');
  const clock = new HandClock();
  const guard = withLevels({
    store: storeOn(table.connection, 'ServiceResiliencyTable-dev'),
    policy: 'classic',
    full: face(1, 'Full Capacity'),
    degraded: face(2, 'Degraded Mode'),
    probe: () => {},
    clock,
    within: patiently,
  });
  await guard({ error: false }, {});
  await service.postTimes(5, true);
  const before = await rowOf(service);
  expect(before).toMatchObject({ level: 2, errorCount: 5, epoch: 1 });
  // A copy of half a second ago says level 1.
  clock.on(500);
  expect(await guard({ error: true }, {})).toMatchObject({ headers: { 'X-Service-Level': '1' } });
  expect(await rowOf(service)).toEqual(before);
  clock.on(4_000);
  expect(await guard({ error: false }, {})).toMatchObject({ headers: { 'X-Service-Level': '2' } });
});

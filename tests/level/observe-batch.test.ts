/** One write for many outcomes makes of a row what their writes would make one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addToBatch, observeBatch, type Batch } from '../../lib/level/observe-batch.ts';
import { observe, type Observed } from '../../lib/level/observe.ts';
import { adaptive, production } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import type { Item } from '../../lib/store/level-store.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const outcomes = fc.array(
  fc.record({
    isError: fc.boolean(),
    isCanary: fc.boolean(),
    durationMs: fc.option(fc.nat(400)),
    afterMs: fc.nat(700),
  }),
  { minLength: 1, maxLength: 14 },
);

const rows = fc.record({
  level: fc.constantFrom(1 as const, 2 as const),
  run: fc.nat(3),
  okMs: fc.option(fc.nat(300), { nil: undefined }),
  watched: fc.boolean(),
  policy: fc.constantFrom(production, adaptive),
});

/** A slot of before, which a policy that learns learns. */
const OLD = { number: Math.floor(NOW_MS / 1_000) - 5, errors: 2, successes: 30 };

/**
 * Without the meter of writes, which a batch is not counted by, and what says when a write was made. Of
 * errors in a row a batch tells one, whatever it holds: others may have had successes in between.
 */
const told = (item: Item) =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => !/^[WF][0-9a-z]+$|^(lastUpdated|watchUntilMs|nextCanaryAtMs)$/.test(name))
      .map(([name, value]) => [name, /run$/i.test(name) ? Number(value) > 0 : value]),
  );

test('whatever it holds', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(rows, outcomes, ({ level, run, okMs, watched, policy }, given) => {
      const seen: LevelState = {
        ...INITIAL_STATE,
        slots: [OLD],
        currentLevel: level,
        epoch: 4,
        ...(run > 0 && watched && { run }),
        ...(okMs !== undefined && { okMs }),
        ...(level === 2 && { stepSinceMs: NOW_MS - 9_000, rampStep: 0 }),
        ...(watched && { watchSinceMs: NOW_MS - 4_000, watchUntilMs: NOW_MS + 9_000 }),
      };
      const { lastUpdated: _updated, lastTransition: _transition, slots, history, ...row } = seen;
      const start: Item = { PK: 'row', ...row };
      let [single, batch, atMs] = [start, null as Batch | null, NOW_MS];
      // Before a watch, one error begins it, and the others are not counted any more.
      const counted = watched ? given : given.slice(0, 1);
      for (const { isError, isCanary, durationMs, afterMs } of counted) {
        atMs += afterMs;
        const observed: Observed = {
          outcome: {
            readLevel: level,
            epoch: 4,
            servedLevel: isCanary && level === 2 ? 1 : level,
            result: isError ? 'error' : 'success',
            durationMs,
          },
          // Each is read with the mean that the ones before it have made.
          seen: { ...seen, ...(single['okMs'] !== undefined && { okMs: Number(single['okMs']) }) },
          readAtMs: NOW_MS,
          atMs,
          random: 0,
        };
        const write = observe(observed, policy);
        if (write === null) continue;
        single = applyWrite(single, write) ?? single;
        batch = addToBatch(batch, { ...observed, seen }, policy);
        kinds.add(`${level} ${isCanary} ${isError} ${watched}`);
      }
      const write = batch && observeBatch(batch, policy, atMs);
      const together = write === null ? start : (applyWrite(start, write) ?? start);
      expect(slots).toHaveLength(1);
      expect(history).toEqual([]);
      expect('learnedRequests' in single).toBe(
        policy === adaptive && level === 1 && single !== start,
      );
      expect(told(together)).toEqual(told(single));
    }),
    { numRuns: 600, seed: 20_261_126 },
  );
  expect(kinds.size).toBeGreaterThanOrEqual(10);
});

test('of errors in a row it tells one, however many it holds', () => {
  const seen: LevelState = { ...INITIAL_STATE, run: 2 };
  const outcome = {
    readLevel: 1,
    epoch: 0,
    servedLevel: 1,
    result: 'error',
    durationMs: 5,
  } as const;
  const observed = { outcome, seen, readAtMs: NOW_MS, atMs: NOW_MS, random: 0 };
  const batch = addToBatch(addToBatch(null, observed, production), observed, production);
  expect(observeBatch(batch, production, NOW_MS)?.add).toMatchObject({ run: 1 });
});

test('what is older than the window is not told', () => {
  const seen: LevelState = { ...INITIAL_STATE, watchUntilMs: NOW_MS + 60_000 };
  const outcome = {
    readLevel: 1,
    epoch: 0,
    servedLevel: 1,
    result: 'success',
    durationMs: 5,
  } as const;
  const observed = { outcome, seen, readAtMs: NOW_MS, atMs: NOW_MS, random: 0 };
  const batch = addToBatch(null, observed, production);
  expect(observeBatch(batch, production, NOW_MS + 9_000)).not.toBeNull();
  expect(observeBatch(batch, production, NOW_MS + 10_001)).toBeNull();
});

test('the outcomes of a new epoch or step take the place of the old', () => {
  const outcome = {
    readLevel: 2,
    epoch: 3,
    servedLevel: 1,
    result: 'success',
    durationMs: 5,
  } as const;
  const at = (epoch: number, stepSinceMs: number): Observed => ({
    outcome: { ...outcome, epoch },
    seen: { ...INITIAL_STATE, currentLevel: 2, epoch, stepSinceMs },
    readAtMs: NOW_MS,
    atMs: NOW_MS,
    random: 0,
  });
  const twice = addToBatch(addToBatch(null, at(3, 1), production), at(3, 1), production);
  expect(twice.canaries.successes).toBe(2);
  expect(addToBatch(twice, at(4, 1), production).canaries.successes).toBe(1);
  expect(addToBatch(twice, at(3, 2), production).canaries.successes).toBe(1);
});

/** What a guard judges of what it and others have counted, and by which copy of the row it serves then. */
import { expect, test } from 'vitest';
import { production } from '../../lib/level/policy.ts';
import { slotAt, slotName } from '../../lib/level/window.ts';
import { START_MS } from './given.ts';
import { given, SAFE } from './given-guard.ts';

const BAD = { outcome: 'error', durationMs: 5 } as const;

test.each([
  [1_999, 1],
  [2_000, 2],
])('under a rate, errors of a slot that began %i ms ago leave level %i', async (agoMs, level) => {
  const { guard, begin, clock } = given(
    {
      watchSinceMs: START_MS - 30_000,
      watchUntilMs: START_MS + 30_000,
      [slotName('E', slotAt(production, START_MS))]: 50,
    },
    { policy: 'production' },
  );
  clock.on(agoMs);
  await guard.end(await begin(), BAD);
  expect((await begin()).level).toBe(level);
});

test('a read that shows an epoch of before is not the copy', async () => {
  const { guard, begin, store, clock } = given({ errorCount: 4, epoch: 2 });
  await guard.end(await begin(), BAD);
  store.inner.put('SYSTEM_STATE', { epoch: 2 });
  clock.on(1_500);
  await begin();
  // What is read meanwhile is waited for by nobody.
  await new Promise(setImmediate);
  const { held } = await begin();
  expect(store.reads).toBe(2);
  expect(held?.row).toMatchObject({ epoch: 3, currentLevel: 2 });
});

const DUE = { currentLevel: 2, rampBelow: '00000001', nextCanaryAtMs: START_MS };

test('a canary is due at its time, for one request alone', async () => {
  const { begin } = given(DUE, { policy: 'production' });
  expect((await begin()).plan.canary).toBe(true);
  expect((await begin()).plan.canary).toBe(false);
});

test('an operator passes while a canary is due', async () => {
  const { begin } = given(DUE, { policy: 'production' });
  await begin();
  const { plan } = await begin({ ...SAFE, bypass: true });
  expect(plan).toMatchObject({ face: 'full', bypass: true, canary: false });
});

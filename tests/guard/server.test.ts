/** One request of a server between its begin and its end: what it is counted as, once, and what its headers say. */
import { describe, expect, test, vi } from 'vitest';
import type { GuardOptions } from '../../lib/guard/options.ts';
import { ServerLevels, type ServerOptions } from '../../lib/guard/server.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { Counts, CountingStore, HandClock, patiently } from './given.ts';
import { AWAY } from './given-guard.ts';

interface Asking {
  readonly operator?: boolean;
  readonly safe?: boolean;
}

async function given(
  row: Item,
  options: GuardOptions & Partial<ServerOptions<Asking>> = {},
  asking: Asking = {},
  safe = true,
) {
  const [clock, store, telemetry] = [new HandClock(), new CountingStore(), new Counts()];
  store.inner.put('SYSTEM_STATE', row);
  const probe = vi.fn<() => void>();
  const levels = new ServerLevels<Asking>({
    store,
    clock,
    telemetry,
    random: () => 0,
    within: patiently,
    policy: 'classic',
    probe,
    ...options,
  });
  const begun = await levels.begin(asking, safe);
  clock.on(3);
  return { begun, clock, store, probe, served: telemetry.served };
}

const told = (level: string, ok: number, error: number, ms: number) =>
  `{"Scope":"default","Level":"${level}"} {"Success":${ok},"Error":${error},"ResponseTime":${ms}}`;

const SHIELD = { shield: 'safe' };
const EXERCISE = { exerciseBelow: 'g' };

test.each<[string, Item, number | null, string, number]>([
  ['a success', {}, 200, told('1', 1, 0, 3), 0],
  ['an error', {}, 500, told('1', 0, 1, 3), 1],
  ['a status that counts', { countStatuses: '[429]' }, 429, told('1', 0, 1, 3), 1],
  ['one that went away', {}, null, told('1', 0, 0, 3), 0],
  ['an exercise that nobody waited for', EXERCISE, null, told('exercise', 0, 0, 3), 0],
])('a request ends as %s, once', async (_what, row, status, line, writes) => {
  const { begun, served, store } = await given(row);
  begun.end(status);
  begun.end(status);
  expect(served).toEqual([line]);
  expect(store.writes).toBe(writes);
});

describe('another face may serve in the place', () => {
  test.each<[string, Item, number, boolean]>([
    ['of an error', SHIELD, 500, true],
    ['of no success', SHIELD, 200, false],
    ['nor of what shows nothing', SHIELD, 404, false],
    ['nor where it is off', {}, 500, false],
    ['of an exercise that failed', EXERCISE, 500, true],
    ['of one that showed nothing', EXERCISE, 404, true],
    ['of none that succeeded', EXERCISE, 200, false],
  ])('%s', async (_what, row, status, is) => {
    const { begun, served } = await given(row);
    expect(begun.beginShield(status)).toBe(is);
    expect(served).toHaveLength(is ? 1 : 0);
    expect(begun.beginShield(status)).toBe(false);
  });

  test('of no request that has ended', async () => {
    const { begun, served } = await given(SHIELD);
    begun.end(500);
    expect(begun.beginShield(500)).toBe(false);
    expect(served).toHaveLength(1);
  });

  test('and each has its own time', async () => {
    const { begun, clock, served } = await given(SHIELD);
    begun.beginShield(500);
    clock.on(5);
    expect(begun.endShield(500)).toBe(false);
    expect(begun.endShield(404)).toBe(true);
    expect(begun.endShield(200)).toBe(true);
    begun.end(200);
    expect(served).toEqual([
      told('1', 0, 1, 3),
      told('shield', 0, 1, 5),
      told('shield', 0, 0, 5),
      told('shield', 1, 0, 5),
    ]);
  });

  test('of an exercise, whose end is that of the full face', async () => {
    const { begun, clock, served } = await given(EXERCISE);
    begun.beginShield(500);
    clock.on(5);
    begun.end(200);
    expect(served).toEqual([told('exercise', 0, 1, 3), told('exercise', 1, 0, 5)]);
    const away = await given(EXERCISE);
    away.begun.beginShield(500);
    away.begun.end(null);
    expect(away.served).toEqual([told('exercise', 0, 1, 3)]);
  });
});

test.each<[string, Item, string, string]>([
  ['full', {}, '1', '2'],
  ['degraded', EXERCISE, '2', '1'],
])('the headers of a %s face and of the other', async (_what, row, own, other) => {
  const { begun } = await given(row);
  expect(begun.headers()).toEqual({ 'X-Service-Level': own });
  expect(begun.headers(true)).toEqual({ 'X-Service-Level': other, 'X-Service-Shielded': 'true' });
});

test('the headers say that the row is not known', async () => {
  const store = new CountingStore();
  store.fails = { read: AWAY };
  const { begun } = await given({}, { store });
  expect(begun.headers()).toEqual({ 'X-Service-Level': '1', 'X-Service-Fail-Open': 'true' });
});

test.each<[string, Asking, boolean, ServerOptions<Asking>['isSafe'], boolean]>([
  ['by its method', {}, true, undefined, true],
  ['by its method alone', { safe: true }, false, undefined, false],
  ['by its user', { safe: true }, false, ({ safe }) => safe === true, true],
  ['by its user against its method', {}, true, ({ safe }) => safe === true, false],
])('a request is safe %s', async (_what, asking, method, isSafe, is) => {
  const { begun } = await given(SHIELD, { isSafe }, asking, method);
  expect(begun.ticket.safe).toBe(is);
});

test('an operator passes, and nobody else does', async () => {
  const bypass = ({ operator }: Asking) => operator === true;
  const row = { currentLevel: 3 };
  const past = await given(row, { bypass }, { operator: true });
  expect(past.begun.ticket.plan).toMatchObject({ face: 'full', bypass: true });
  expect(past.probe).not.toHaveBeenCalled();
  for (const options of [{ bypass }, {}]) {
    const { begun, probe } = await given(row, options);
    expect(begun.ticket.plan).toMatchObject({ face: 'maintenance', bypass: false });
    await vi.waitFor(() => expect(probe).toHaveBeenCalledOnce(), { timeout: 10_000 });
  }
});

test('no probe is made beside another face', async () => {
  const { probe } = await given({ currentLevel: 2 });
  await new Promise(setImmediate);
  expect(probe).not.toHaveBeenCalled();
});

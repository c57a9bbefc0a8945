/** The guard itself, on a row that a hand wrote: what it decides, what it tells of it, and what it never tells. */
import { describe, expect, test, vi } from 'vitest';
import type { Shown } from '../../lib/guard/guard.ts';
import type { GuardOptions } from '../../lib/guard/options.ts';
import { StoreThrottledError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { START_MS } from './given.ts';
import { AWAY, eventsOf, given, SAFE } from './given-guard.ts';

const UNSAFE = { safe: false, bypass: false };
const OK: Shown = { outcome: 'success', durationMs: 5.4 };
const BAD: Shown = { outcome: 'error', durationMs: 5.4 };

describe('a request begins', () => {
  test('with the plan of the row, and what it was read with', async () => {
    const { begin, store } = given({ currentLevel: 2, epoch: 4 });
    const read = vi.spyOn(store, 'read');
    const ticket = await begin(UNSAFE);
    expect(ticket).toMatchObject({ level: 2, safe: false, readAtMs: START_MS });
    expect(ticket.plan).toMatchObject({ face: 'degraded', canary: false });
    expect(ticket.held?.row).toMatchObject({ epoch: 4 });
    expect(read).toHaveBeenCalledExactlyOnceWith('SYSTEM_STATE', { eventually: true });
  });

  test.each([
    [1, 'full'],
    [2, 'degraded'],
    [3, 'maintenance'],
  ] as const)('open at level %i where the row is not known', async (failOpenLevel, face) => {
    const { begin, store, telemetry, warnings } = given(null, { failOpenLevel, scope: 'orders' });
    store.fails = { read: AWAY };
    const ticket = await begin();
    const plan = { canary: false, exercise: false, bypass: false, probe: 'none', face };
    expect(ticket).toEqual({
      plan,
      level: failOpenLevel,
      safe: true,
      held: null,
      readAtMs: START_MS,
    });
    expect(eventsOf(telemetry)).toEqual({ StateReadFailed: 1 });
    expect(warnings).toHaveBeenCalledWith('level not read', { scope: 'orders', error: AWAY });
    const past = await begin({ safe: true, bypass: true });
    expect(past.plan).toEqual({ ...plan, bypass: true, face: 'full' });
  });

  test('a canary that is due once for each copy, and others by their share', async () => {
    const row = { currentLevel: 2, rampBelow: '00000001' };
    const { begin, clock } = given(row, { policy: 'production' });
    const canaries = async (asked = SAFE) => (await begin(asked)).plan.canary;
    expect(await canaries(UNSAFE)).toBe(false);
    expect(await canaries()).toBe(true);
    expect(await canaries()).toBe(false);
    clock.on(3_500);
    expect(await canaries()).toBe(true);
    const full = given({ ...row, rampBelow: 'g' }, { policy: 'production' });
    expect([await full.begin(), await full.begin()].map(({ plan }) => plan.canary)).toEqual([
      true,
      true,
    ]);
  });

  test('a canary that is not due takes no turn', async () => {
    const row = { currentLevel: 2, rampBelow: '00000001', nextCanaryAtMs: START_MS + 500 };
    const { begin, clock } = given(row, { policy: 'production' });
    expect((await begin()).plan.canary).toBe(false);
    clock.on(500);
    expect((await begin()).plan.canary).toBe(true);
  });
});

describe('the shield', () => {
  const shields = async (row: Item, asked = SAFE, options: GuardOptions = {}) => {
    const { guard, begin } = given(row, options);
    return guard.shields(await begin(asked));
  };

  test.each<[string, Item, GuardOptions, boolean, boolean]>([
    ['is off under classic', {}, {}, false, false],
    ['is for what is safe', {}, { overrides: { shield: 'safe' } }, true, false],
    ['is for all', {}, { overrides: { shield: 'all' } }, true, true],
    ["is the row's", { shield: 'all' }, {}, true, true],
    ["is the row's none", { shield: 'off' }, { overrides: { shield: 'all' } }, false, false],
    [
      'stands in no place of the degraded face',
      { currentLevel: 2 },
      { overrides: { shield: 'all' } },
      false,
      false,
    ],
    ['nor of the page', { currentLevel: 3 }, { overrides: { shield: 'all' } }, false, false],
    ['is the full face for what is exercised', { exerciseBelow: 'g' }, {}, true, false],
  ])('%s', async (_what, row, options, safe, unsafe) => {
    expect(await shields(row, SAFE, options)).toBe(safe);
    expect(await shields(row, UNSAFE, options)).toBe(unsafe);
  });

  test('is not for an operator', async () => {
    const asked = { safe: true, bypass: true };
    expect(await shields({ shield: 'all' }, asked)).toBe(false);
  });

  test('is told apart, and an exercise as what it is', async () => {
    const { guard, begin, telemetry } = given({ exerciseBelow: 'g' });
    guard.publishShield(await begin(), OK);
    const plain = given();
    plain.guard.publishShield(await plain.begin(), BAD);
    expect([...telemetry.served, ...plain.telemetry.served]).toEqual([
      '{"Scope":"default","Level":"exercise"} {"Success":1,"Error":0,"ResponseTime":5.4}',
      '{"Scope":"default","Level":"shield"} {"Success":0,"Error":1,"ResponseTime":5.4}',
    ]);
  });
});

test.each<[Item, GuardOptions, readonly number[]]>([
  [{}, {}, []],
  [{}, { overrides: { countStatuses: [429] } }, [429]],
  [{ countStatuses: '[408]' }, { overrides: { countStatuses: [429] } }, [408]],
])('statuses that count: %j over %j are %j', async (row, options, statuses) => {
  const { guard, begin } = given(row, options);
  expect(guard.countedStatuses(await begin())).toEqual(statuses);
});

describe('who is in maintenance comes back', () => {
  test.each<[string, Item, number]>([
    ['when the next probe is due', { nextProbeAtMs: START_MS + 9_000 }, 9],
    ['in a minute where nobody knows', {}, 60],
    [
      'when a pin ends',
      { nextProbeAtMs: START_MS + 9_000, override: { untilMs: START_MS + 30_000 } },
      30,
    ],
    ['in a minute while it has no end', { nextProbeAtMs: START_MS + 9_000, override: {} }, 60],
    [
      'when the next probe is due, where a pin has run out',
      { nextProbeAtMs: START_MS + 9_000, override: { untilMs: START_MS } },
      9,
    ],
  ])('%s', async (_what, row, seconds) => {
    const { guard, begin } = given({ currentLevel: 3, ...row });
    expect(guard.retryAfterSeconds(await begin())).toBe(seconds);
  });

  test('in a minute where the row is not known', async () => {
    const { guard, begin, store } = given();
    store.fails = { read: AWAY };
    expect(guard.retryAfterSeconds(await begin())).toBe(60);
  });
});

describe('a request ends', () => {
  const served = (level: string, ok: number, error: number, more = '') =>
    `{"Scope":"default","Level":"${level}"} {"Success":${ok},"Error":${error},${more}"ResponseTime":5}`;

  test.each<[string, Item, Shown['outcome'], string, object | null]>([
    ['an error', {}, 'error', served('1', 0, 1), { errorCount: 1 }],
    ['a success without errors', {}, 'success', served('1', 1, 0), null],
    ['one after an error', { errorCount: 1 }, 'success', served('1', 1, 0), { successCount: 1 }],
    ['what shows nothing', { errorCount: 1 }, 'none', served('1', 0, 0), null],
    [
      'a success that was slow',
      { slowAfterMs: 5 },
      'success',
      served('1', 1, 0, '"Slow":1,'),
      { errorCount: 1 },
    ],
    ['one that was not', { slowAfterMs: 6 }, 'success', served('1', 1, 0), null],
    ['an error that was slow', { slowAfterMs: 5 }, 'error', served('1', 0, 1), { errorCount: 1 }],
    ['of level 2', { currentLevel: 2 }, 'error', served('2', 0, 1), { errorCount: 1 }],
    ['of a page', { currentLevel: 3 }, 'error', served('3', 0, 1), null],
    ['an exercise', { exerciseBelow: 'g' }, 'error', served('exercise', 0, 1), null],
  ])('%s', async (_what, row, outcome, told, counted) => {
    const { guard, begin, telemetry, item, store } = given(row);
    await guard.end(await begin(), { outcome, durationMs: 5.4 });
    expect(telemetry.served).toEqual([told]);
    expect(store.writes).toBe(counted === null ? 0 : 1);
    expect(await item()).toMatchObject(counted ?? {});
  });

  test('exactly as slow as may be is not slow', async () => {
    const { guard, begin, store } = given({ slowAfterMs: 5 });
    await guard.end(await begin(), { outcome: 'success', durationMs: 5 });
    expect(store.writes).toBe(0);
  });

  test('a canary counts for the full face', async () => {
    const row = { currentLevel: 2, epoch: 3, stepSinceMs: START_MS - 9, rampStep: 0 };
    const { guard, begin, telemetry, item } = given(row, { policy: 'production' });
    await guard.end(await begin(), OK);
    expect(telemetry.served).toEqual([served('canary', 1, 0)]);
    expect(await item()).toMatchObject({ canaryOk: 1 });
  });

  test('of an operator and of an open service nothing is counted', async () => {
    const { guard, begin, store, telemetry } = given();
    await guard.end(await begin({ safe: true, bypass: true }), BAD);
    const open = given();
    open.store.fails = { read: AWAY };
    await open.guard.end(await open.begin(), BAD);
    expect(store.writes + open.store.writes).toBe(0);
    expect([...telemetry.served, ...open.telemetry.served]).toEqual([
      served('bypass', 0, 1),
      served('unknown', 0, 1),
    ]);
  });

  test('where alarms move the level nothing is told', async () => {
    const { guard, begin, store } = given({}, { signals: 'alarms' });
    await guard.end(await begin(), BAD);
    expect(store.writes).toBe(0);
    const both = given({}, { signals: 'both' });
    await both.guard.end(await both.begin(), BAD);
    expect(both.store.writes).toBe(1);
  });
});

describe('what was told', () => {
  test('is the copy from then on, and its changes are reported', async () => {
    const { guard, begin, telemetry, warnings, store } = given({ errorCount: 4, epoch: 2 });
    await guard.end(await begin(), BAD);
    expect((await begin()).level).toBe(2);
    expect(store.reads).toBe(1);
    expect(eventsOf(telemetry)).toEqual({ LevelChanged: 1 });
    expect(warnings).toHaveBeenCalledWith(
      'level changed',
      expect.objectContaining({ scope: 'default', from: 1, to: 2, epoch: 3, reason: 'errors' }),
    );
  });

  test('of another epoch counts nowhere', async () => {
    const { guard, begin, store, telemetry } = given();
    const ticket = await begin();
    store.inner.put('SYSTEM_STATE', { currentLevel: 2, epoch: 9 });
    await guard.end(ticket, BAD);
    expect(eventsOf(telemetry)).toEqual({ StaleOutcome: 1 });
    expect((await begin()).level).toBe(1);
  });

  test('and failed is said, and fails no request', async () => {
    const { guard, begin, store, telemetry, errors } = given({}, { scope: 'orders' });
    const ticket = await begin();
    store.fails = { write: AWAY };
    await guard.end(ticket, BAD);
    expect(eventsOf(telemetry)).toEqual({ MutatorFailed: 1 });
    expect(errors).toHaveBeenCalledExactlyOnceWith('evidence not told', {
      scope: 'orders',
      error: AWAY,
    });
  });

  test('and moved no level is said too, and the copy has what was counted', async () => {
    const { guard, begin, store, telemetry, errors } = given({ errorCount: 4 });
    const ticket = await begin();
    const write = store.write.bind(store);
    let writes = 0;
    store.write = async (key, each) => {
      writes += 1;
      if (writes > 1) throw AWAY;
      return write(key, each);
    };
    await guard.end(ticket, BAD);
    expect(eventsOf(telemetry)).toEqual({ MutatorFailed: 1 });
    expect(errors).toHaveBeenCalledWith(expect.anything(), { scope: 'default', error: AWAY });
    expect((await begin()).held?.row.errorCount).toBe(5);
  });

  test('under a rate is sent when it may be, and again only where it was refused', async () => {
    const watched = { watchSinceMs: START_MS - 9_000, watchUntilMs: START_MS + 60_000 };
    const { guard, begin, store, clock, item } = given(watched, { policy: 'production' });
    const counts = async () =>
      Object.entries(await item())
        .filter(([name]) => /^[EO][0-9a-z]+$/.test(name))
        .reduce((sum, [, count]) => sum + Number(count), 0);
    const ticket = await begin();
    store.fails = { write: new StoreThrottledError({ cause: null }) };
    await guard.end(ticket, BAD);
    store.fails = {};
    clock.on(2_000);
    await guard.end(await begin(), BAD);
    expect(await counts()).toBe(2);
    clock.on(1_000);
    store.fails = { write: AWAY };
    await guard.end(await begin(), BAD);
    store.fails = {};
    clock.on(1_000);
    await guard.end(await begin(), BAD);
    expect(await counts()).toBe(3);
  });

  test('under a rate is nothing where a clock far ahead began the watch', async () => {
    const watched = { watchSinceMs: START_MS + 60_000, watchUntilMs: START_MS + 80_000 };
    const { guard, begin, store } = given(watched, { policy: 'production' });
    await guard.end(await begin(), OK);
    expect(store.writes).toBe(0);
    await guard.end(await begin(), BAD);
    expect(store.writes).toBe(0);
  });
});

/** The interface of a shared breaker: what is of this environment, what is of the fleet, and what is refused. */
import { describe, expect, test } from 'vitest';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { CLOSED_ROW, parseBreakerRow } from '../../lib/shared/breaker-row.ts';
import * as writes from '../../lib/shared/breaker-writes.ts';
import { FLEET_DEFAULTS } from '../../lib/shared/fleet-rules.ts';
import type { Within } from '../../lib/shared/within.ts';
import { givenFleet } from './given.ts';

const KEY = 'BREAKER#payments#charge';

describe('what is of this environment alone', () => {
  test('one that is disabled, or only counts, is refused nothing by the fleet', async () => {
    const { at, call, opened } = givenFleet(2, { minimumRequests: 2 });
    await opened();
    at(0).disable();
    at(1).metricsOnly();
    expect(await call(at(0))).toBe('ok');
    expect(await call(at(1))).toBe('ok');
    at(0).close();
    expect(await call(at(0))).toBe('refused by open');
  });

  test('a fallback answers the refusals of the fleet, which are counted as refusals', async () => {
    const { make, opened } = givenFleet(2, { minimumRequests: 2 });
    await opened();
    const breaker = make();
    expect(await breaker.execute(async () => 'ok', { fallback: () => 'another answer' })).toBe(
      'another answer',
    );
    expect(breaker.getStats()).toMatchObject({ state: 'OPEN', rejectedCount: 1, fallbackCount: 1 });
    expect(breaker.getStats().fleet).toMatchObject({ state: 'OPEN', openings: 1, passPercent: 0 });
  });

  test('what a hand has opened a transition of the fleet does not close', async () => {
    const { at, call, opened, clock } = givenFleet(3, { minimumRequests: 2 });
    at(2).open();
    await opened();
    clock.on(61_000);
    await call(at(0));
    clock.on(31_000);
    await call(at(0));
    expect(await call(at(2))).toBe('refused by itself');
  });
});

describe('what operators do', () => {
  const HOLD = { state: 'OPEN' } as const;

  test('a hold refuses until its end, and nothing counts meanwhile', async () => {
    const { at, call, store, clock } = givenFleet(2, { minimumRequests: 2 });
    const until = { ...HOLD, untilMs: clock.ms + 60_000 };
    await store.write(KEY, writes.hold(CLOSED_ROW, until, FLEET_DEFAULTS, clock.ms));
    expect(await call(at(0))).toBe('refused by override');
    clock.on(60_100);
    expect(await call(at(0))).toBe('ok');
    expect(store.items.get(KEY)).toMatchObject({ state: 'CLOSED' });
  });

  test('one that is held closed never opens', async () => {
    const { fleet, call, store, clock } = givenFleet(3, { minimumRequests: 2 });
    const held = writes.hold(CLOSED_ROW, { state: 'CLOSED' }, FLEET_DEFAULTS, clock.ms);
    await store.write(KEY, held);
    const { writes: before } = store;
    for (let rounds = 0; rounds < 15; rounds += 1) {
      for (const breaker of fleet) await call(breaker, true);
      clock.on(1_000);
    }
    expect(store.writes).toBe(before);
  });

  test('its rules are changed without a deployment, and what cannot be is ignored', async () => {
    const { at, call, round, store, row, clock, events } = givenFleet(3, { minimumRequests: 2 });
    const changed = (options: object) => {
      const now = parseBreakerRow(store.items.get(KEY));
      return store.write(KEY, writes.configure(now, { ...options }, FLEET_DEFAULTS, clock.ms));
    };
    await changed({ quorum: 4 });
    for (let rounds = 0; rounds < 15; rounds += 1) {
      await round(true);
      clock.on(1_000);
    }
    expect(row()['state'] ?? 'CLOSED').toBe('CLOSED');
    await changed({ quorum: 'many' });
    clock.on(6_500);
    await call(at(0));
    await call(at(0));
    expect(events).toContain('RowIgnored');
  });
});

test('a call costs two writes at most, a probe four, and a healthy one none', async () => {
  const halfOpen = { permitted: 2, successesToClose: 3 };
  const { fleet, call, store, row, clock, opened } = givenFleet(8, {
    minimumRequests: 4,
    halfOpen,
  });
  const most = { call: 0, probe: 0 };
  const counted = async (index: number, fails: boolean) => {
    const breaker = fleet[index % fleet.length];
    if (breaker === undefined) throw new Error('expected an environment');
    const [before, state] = [store.writes, row()['state']];
    await call(breaker, fails);
    const kind = state === undefined || state === 'CLOSED' ? 'call' : 'probe';
    most[kind] = Math.max(most[kind], store.writes - before);
  };
  for (let calls = 0; calls < 80; calls += 1) await counted(calls, false);
  expect(store.writes).toBe(0);
  for (let calls = 0; row()['state'] !== 'OPEN'; calls += 1) {
    expect(calls).toBeLessThan(400);
    await counted(calls, true);
    clock.on(150);
  }
  expect(most).toEqual({ call: expect.toBeOneOf([1, 2]) as number, probe: 0 });
  for (const fails of [true, false]) {
    clock.on(61_000);
    for (let calls = 0; calls < 40; calls += 1) {
      await counted(calls, fails);
      clock.on(700);
    }
  }
  expect(row()).toMatchObject({ state: 'CLOSED' });
  expect(most.probe).toBeLessThanOrEqual(4);
  expect(most.probe).toBeGreaterThanOrEqual(3);
  await opened();
});

test('nor does a call that ends while its environment opens the fleet cost more', async () => {
  const { at, call, store, row, clock } = givenFleet(2, { minimumRequests: 2, flush: 7_000 });
  await call(at(0), true);
  await call(at(1), true);
  clock.on(6_500);
  await call(at(0));
  clock.on(1_100);
  // The fleet is opened by what the next call reads, and that write arrives after what the call tells.
  const release: (() => void)[] = [];
  const write = store.write.bind(store);
  store.write = async (key, given) => {
    await new Promise<void>((resolve) => void release.push(resolve));
    return write(key, given);
  };
  const before = store.writes;
  await at(0).tryExecute(async () => {
    throw new Error('down');
  });
  for (let turns = 0; turns < 20; turns += 1) {
    // What was written last arrives first.
    release.pop()?.();
    await new Promise(setImmediate);
  }
  await at(0).settled();
  expect(store.writes - before).toBeLessThanOrEqual(2);
  expect(row()).toMatchObject({ state: 'OPEN', openings: 1 });
});

test('a permit that comes after its call has gone is the next one’s', async () => {
  let patience = Infinity;
  const impatient: Within = async (work) => {
    await (patience > 0 ? work : Promise.resolve());
  };
  const { at, call, opened, clock, row } = givenFleet(2, { minimumRequests: 2, within: impatient });
  await opened();
  clock.on(61_000);
  await at(0).tryExecute(async () => 'too early');
  clock.on(61_000);
  patience = 0;
  expect(await call(at(1))).toMatch(/refused by half-open|ok/);
  expect(await call(at(1))).toBe('ok');
  expect(row()).toMatchObject({ state: 'CLOSED' });
});

describe('options', () => {
  const store = { read: async () => undefined, write: async () => null };
  const named = { service: 'a', operation: 'b', store };

  test.each([
    [{ ...named, trip: 'consecutive' }, /trip to be rate/],
    [{ ...named, service: '' }, /1 to 256 characters each, got ''/],
    [{ ...named, store: undefined }, /store to be a store/],
    [{ ...named, quorum: 0 }, /quorum to be an integer from 1 to 64/],
    [{ ...named, refresh: 1 }, /refresh to be a number from 100/],
    [{ ...named, lese: 1 }, /expected the options to be of/],
    [{ ...named, operation: 'x'.repeat(300) }, /1 to 256 characters/],
  ])('%# are refused in words', (options, words) => {
    expect(() => new SharedCircuitBreaker(options as never)).toThrow(words);
  });

  test('another trip is refused later too', () => {
    const breaker = new SharedCircuitBreaker(named);
    expect(() => breaker.reconfigure({ trip: 'count' })).toThrow(/trip to be rate/);
    breaker.reconfigure({ timeout: 5 });
  });
});

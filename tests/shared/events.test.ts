/** What an environment tells of its fleet: the events, the stats and the listing of a shared breaker follow the state that its calls meet. */
import { describe, expect, test } from 'vitest';
import { BreakerRegistry } from '../../lib/breaker/index.ts';
import { isShared, type SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { CLOSED_ROW, parseBreakerRow } from '../../lib/shared/breaker-row.ts';
import * as writes from '../../lib/shared/breaker-writes.ts';
import { FLEET_DEFAULTS } from '../../lib/shared/fleet-rules.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { START_MS } from '../guard/given.ts';
import { givenFleet } from './given.ts';

const KEY = 'BREAKER#payments#charge';

function heard(breaker: SharedCircuitBreaker): string[] {
  const told: string[] = [];
  breaker.on('stateChange', ({ name, from, to, reason }) => {
    expect(name).toBe('payments#charge');
    told.push(`${from} -> ${to}: ${reason}`);
    // Who listens and who asks hear the same.
    expect(breaker.getStats().state).toBe(to);
  });
  return told;
}

describe('the events', () => {
  test('are those of the fleet, once each, and never that it closed because the fleet has opened', async () => {
    const { at, call, round, opened, clock } = givenFleet(3, { minimumRequests: 4 });
    const told = heard(at(2));
    await opened();
    await call(at(2));
    expect(told).toEqual(['CLOSED -> OPEN: failures']);
    clock.on(61_000);
    await call(at(2));
    clock.on(31_000);
    await round();
    expect(told.slice(1)).toEqual(['OPEN -> HALF_OPEN: elapsed', 'HALF_OPEN -> CLOSED: probes']);
  });

  test('of a probe that fails say that it opened again', async () => {
    const { at, call, opened, clock } = givenFleet(2, { minimumRequests: 1 });
    await opened();
    const told = heard(at(0));
    clock.on(61_000);
    await call(at(0), true);
    expect(told.at(-1)).toBe('HALF_OPEN -> OPEN: failures');
    expect(told.filter((change) => change.endsWith('-> OPEN: failures'))).toHaveLength(1);
  });

  test('of an environment that stops itself are its own', async () => {
    const { at, call } = givenFleet(2, { minimumRequests: 2 });
    const told = heard(at(0));
    await call(at(0), true);
    await call(at(0), true);
    expect(told).toEqual(['CLOSED -> OPEN: failures']);
  });

  test('say what a hand does here, whatever the fleet does meanwhile', async () => {
    const { at, opened, call, clock } = givenFleet(3, { minimumRequests: 4 });
    const told = heard(at(2));
    at(2).open();
    await opened();
    clock.on(6_500);
    await call(at(2));
    expect(told).toEqual(['CLOSED -> OPEN: manual']);
    clock.on(61_000);
    await call(at(0));
    clock.on(6_500);
    await call(at(2));
    expect(at(2).getStats()).toMatchObject({ state: 'OPEN', fleet: { state: 'CLOSED' } });
    at(2).close();
    expect(told).toEqual(['CLOSED -> OPEN: manual', 'OPEN -> CLOSED: manual']);
  });

  test('an environment that slept through an opening begins anew with the fleet', async () => {
    const { at, call, store, clock } = givenFleet(2, { minimumRequests: 3 });
    await call(at(0));
    await call(at(0), true);
    await call(at(0), true);
    expect(at(0).getStats().failureRate).toBeGreaterThan(0.5);
    const now = parseBreakerRow(store.items.get(KEY));
    const closed = { ...now, state: 'HALF_OPEN' as const };
    const { set } = writes.close(closed, FLEET_DEFAULTS, clock.ms);
    store.items.set(KEY, { ...set, epoch: 9 });
    clock.on(6_500);
    await call(at(0));
    await call(at(0));
    expect(at(0).getStats()).toMatchObject({ failureRate: 0, fleet: { epoch: 9 } });
  });
});

describe('the stats', () => {
  test('of an OPEN are what opened it, and when it is tried', async () => {
    const { at, opened, clock, call } = givenFleet(4, { minimumRequests: 4 });
    await opened();
    clock.on(6_500);
    await call(at(1));
    await call(at(1));
    const { failureRate, window, tripped, probes, nextAttemptTime, fleet } = at(1).getStats();
    expect(failureRate).toBe(1);
    expect(window.failures).toBeGreaterThanOrEqual(4);
    expect(tripped).toMatchObject({ reason: 'failures', openings: 1 });
    expect(tripped?.since?.getTime()).toBeGreaterThan(START_MS);
    expect(fleet?.window.environments).toBeGreaterThanOrEqual(2);
    expect(nextAttemptTime?.toISOString()).toBe(fleet?.nextTry);
    expect(probes).toBeNull();
    clock.on(61_000);
    const finish: (() => void)[] = [];
    const probe = at(1).execute(() => new Promise<void>((resolve) => void finish.push(resolve)));
    while (finish.length === 0) await new Promise(setImmediate);
    expect(at(1).getStats()).toMatchObject({
      state: 'HALF_OPEN',
      failureRate: 1,
      probes: { inFlight: 1, permitted: 1, successes: 0, successesToClose: 1 },
      nextAttemptTime: null,
    });
    finish[0]?.();
    await probe;
    await at(1).settled();
    expect(at(1).getStats()).toMatchObject({ state: 'CLOSED', tripped: null, failureRate: 0 });
  });

  test('of one that an operator holds say until when', async () => {
    const { at, call, store, clock } = givenFleet(1);
    const until = { state: 'OPEN', untilMs: clock.ms + 60_000 } as const;
    await store.write(KEY, writes.hold(CLOSED_ROW, until, FLEET_DEFAULTS, clock.ms));
    await call(at(0));
    const stats = at(0).getStats();
    expect(stats).toMatchObject({ state: 'OPEN', tripped: { reason: 'manual' } });
    expect(stats.nextAttemptTime?.getTime()).toBe(until.untilMs);
  });

  test('count what the table did not answer, until they are reset', async () => {
    const { at, call, store, clock } = givenFleet(1);
    await call(at(0));
    store.trouble = async (operation) => {
      throw new StoreUnavailableError(operation, { cause: new Error('away') });
    };
    await call(at(0), true);
    clock.on(6_500);
    await call(at(0));
    expect(at(0).getStats().storeFailures).toBe(2);
    at(0).reset();
    expect(at(0).getStats().storeFailures).toBe(0);
  });
});

test('it is listed by service and operation, again when it is used, or not at all', async () => {
  const registry = new BreakerRegistry({ limit: 1 });
  const { at, call, clock } = givenFleet(1, { registry });
  const listed = () => registry.list().map(({ name, stats }) => `${name} ${isShared(stats)}`);
  expect(listed()).toEqual(['payments#charge true']);
  givenFleet(1, { registry, operation: 'refund' });
  expect(listed()).toEqual(['payments#refund true']);
  clock.on(6_500);
  await call(at(0));
  expect(listed()).toEqual(['payments#charge true']);
  givenFleet(1, { registry: false, operation: 'other' });
  expect(registry.get({ service: 'payments', operation: 'other' })).toBeUndefined();
  await registry.settled();
});

test('who is told of the fleet’s events may throw, or reject, and no call hears of it', async () => {
  const problems: unknown[] = [];
  const reported: unknown[] = [];
  const report = (error: unknown) => reported.push(error);
  const listen = (problem: unknown) => void problems.push(problem);
  process.on('unhandledRejection', listen);
  try {
    for (const onFleet of [
      () => {
        throw new Error('no metrics');
      },
      () => Promise.reject(new Error('no metrics')),
    ]) {
      const { at, call, store } = givenFleet(1, { onFleet, onListenerError: report });
      store.trouble = async (operation) => {
        throw new StoreUnavailableError(operation, { cause: new Error('away') });
      };
      expect(await call(at(0))).toBe('ok');
      expect(await call(at(0), true)).toBe('down');
    }
    await new Promise(setImmediate);
  } finally {
    process.off('unhandledRejection', listen);
  }
  expect(problems).toEqual([]);
  // Once of each breaker.
  expect(reported).toHaveLength(2);
});

/** Where shared breakers break elsewhere, each by the name of whom it happens to, and that it does not here. */
import { describe, expect, test } from 'vitest';
import { StoreThrottledError, StoreUnavailableError } from '../../lib/store/errors.ts';
import { givenFleet } from './given.ts';

const AWAY = async (operation: 'read' | 'write'): Promise<never> => {
  throw new StoreUnavailableError(operation, { cause: new Error('away') });
};

describe('circuitbreaker-lambda', () => {
  test('50 concurrent failures open, however many read before anybody wrote', async () => {
    const { fleet, call, opened, row } = givenFleet(50, { minimumRequests: 5 });
    await Promise.all(fleet.map((breaker) => call(breaker, true)));
    const failures = Object.entries(row())
      .filter(([name]) => /^F[0-9a-z]+$/.test(name))
      .reduce((total, [, count]) => total + Number(count), 0);
    expect(failures).toBe(50);
    await opened();
    expect(row()).toMatchObject({ state: 'OPEN', openings: 1 });
  });

  test('a late success does not close what has opened meanwhile', async () => {
    const { at, call, opened, row, clock } = givenFleet(3, { minimumRequests: 5 });
    await call(at(0));
    let finish = (): void => {};
    const late = at(0).execute(
      () =>
        new Promise<string>((resolve) => {
          finish = () => resolve('late');
        }),
    );
    clock.on(5_500);
    await opened();
    const before = row();
    finish();
    expect(await late).toBe('late');
    await at(0).settled();
    expect(row()).toEqual(before);
  });

  test('issue 7: at expiry one of 50 environments probes', async () => {
    const { fleet, clock, opened, store } = givenFleet(50, { minimumRequests: 5 });
    await opened();
    clock.on(65_000);
    let [inFlight, most] = [0, 0];
    const finish: (() => void)[] = [];
    const calls = fleet.map((breaker) =>
      breaker.tryExecute(() => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        return new Promise<void>((resolve) => {
          finish.push(resolve);
        });
      }),
    );
    while (finish.length === 0) await new Promise(setImmediate);
    for (const each of finish) each();
    const results = await Promise.all(calls);
    expect(most).toBe(1);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    // One claim of each at most, and one result.
    expect(store.writes).toBeLessThan(400);
  });
});

describe('Powertools', () => {
  test('a stale environment does not overwrite HALF_OPEN by opening once more', async () => {
    const { at, call, clock, opened, row, make } = givenFleet(3, { minimumRequests: 5 });
    await opened();
    clock.on(61_000);
    const [first, second] = [at(0), make()];
    // It has read OPEN, and is frozen while the first one probes.
    const stale = second.execute(async () => 'ok').catch(() => 'refused');
    await call(first);
    await stale;
    const probed = row();
    await call(at(1), true);
    await call(at(2), true);
    expect(row()['epoch']).toBeGreaterThanOrEqual(Number(probed['epoch']));
    expect(row()['openings'] ?? 0).toBe(0);
  });

  test('only who holds a permit of this lease closes', async () => {
    const { at, clock, opened, row } = givenFleet(2, { minimumRequests: 2, lease: 1_000 });
    await opened();
    clock.on(61_000);
    const finish: ((value: string) => void)[] = [];
    const hang = () =>
      new Promise<string>((resolve) => {
        finish.push(resolve);
      });
    const first = at(0).tryExecute(hang);
    while (finish.length < 1) await new Promise(setImmediate);
    clock.on(6_500);
    // The lease ran out: another takes over, and the first one's late success is of another epoch.
    const second = at(1).tryExecute(hang);
    while (finish.length < 2) await new Promise(setImmediate);
    const { epoch } = row();
    finish[0]?.('late');
    await first;
    await at(0).settled();
    expect(row()).toMatchObject({ state: 'HALF_OPEN', epoch, ok: 0 });
    finish[1]?.('in time');
    await second;
    await at(1).settled();
    expect(row()).toMatchObject({ state: 'CLOSED' });
  });

  test('three successes close, whichever environments they reach', async () => {
    const { fleet, call, clock, opened, row } = givenFleet(3, {
      minimumRequests: 5,
      halfOpen: { permitted: 1, successesToClose: 3 },
    });
    await opened();
    clock.on(61_000);
    for (const breaker of fleet) {
      expect(await call(breaker)).toBe('ok');
      clock.on(6_500);
    }
    expect(row()).toMatchObject({ state: 'CLOSED' });
  });

  test('a failure rate of 30 % opens at a threshold of 25 %', async () => {
    const { at, call, clock, row } = givenFleet(10, { failureThreshold: 0.25 });
    for (let calls = 0; row()['state'] !== 'OPEN'; calls += 1) {
      if (calls > 400) throw new Error('expected the fleet to open, it did not');
      await call(at(calls % 10), calls % 10 < 3);
      if (calls % 10 === 9) clock.on(500);
    }
  });

  test('8257: the herd does not come back at once when it closes, and is told why', async () => {
    const { at, call, clock, opened, row } = givenFleet(3, { minimumRequests: 5 });
    await opened();
    clock.on(61_000);
    await call(at(0));
    expect(row()).toMatchObject({ state: 'CLOSED' });
    // The draw is a half: below the first three steps' 5, 25 and 50 % it passes none.
    expect(await call(at(0))).toBe('refused by ramp');
    clock.on(30_100);
    expect(await call(at(0))).toBe('ok');
  });

  test('8266: without its table it goes on by itself, and nobody waits or is told', async () => {
    const { at, call, store, events } = givenFleet(2, { minimumRequests: 5 });
    store.trouble = AWAY;
    for (let calls = 0; calls < 5; calls += 1) expect(await call(at(0), true)).toBe('down');
    expect(await call(at(0))).toBe('refused by itself');
    expect(await call(at(1))).toBe('ok');
    expect(events).toContain('StoreFailed');
  });

  test('8266: an OPEN holds until its end, and then the environment decides', async () => {
    const { at, call, store, clock, opened } = givenFleet(2, { minimumRequests: 5 });
    await opened();
    clock.on(6_500);
    await call(at(0));
    store.trouble = AWAY;
    clock.on(40_000);
    expect(await call(at(0))).toBe('refused by open');
    clock.on(60_000);
    expect(await call(at(0))).toBe('ok');
  });

  test('8320: while one probes, the others are refused, and try no more than once for each reading', async () => {
    const { at, fleet, clock, opened, store, call } = givenFleet(20, { minimumRequests: 5 });
    await opened();
    clock.on(65_000);
    const finish: (() => void)[] = [];
    const probe = at(0).execute(
      () =>
        new Promise<void>((resolve) => {
          finish.push(resolve);
        }),
    );
    while (finish.length === 0) await new Promise(setImmediate);
    const before = store.writes;
    for (let rounds = 0; rounds < 5; rounds += 1) {
      for (const breaker of fleet.slice(1))
        expect(await call(breaker)).toBe('refused by half-open');
    }
    expect(store.writes - before).toBeLessThanOrEqual(19);
    finish[0]?.();
    await probe;
  });
});

describe('the sample of AWS Prescriptive Guidance', () => {
  test('there is a half-open, and what cannot be read fails open', async () => {
    const { at, call, store, events } = givenFleet(1);
    store.items.set('BREAKER#payments#charge', { state: 'MAYBE' });
    expect(await call(at(0))).toBe('ok');
    expect(events).toEqual(['RowIgnored']);
  });

  test('however many open at once, there is one row and one opening', async () => {
    const { fleet, call, opened, row, store } = givenFleet(10, { minimumRequests: 5 });
    await opened();
    const { epoch } = row();
    await Promise.all(fleet.map((breaker) => call(breaker, true)));
    expect(row()).toMatchObject({ state: 'OPEN', epoch, openings: 1 });
    expect(store.items.size).toBe(1);
  });
});

describe("gobreaker's Redis breaker", () => {
  test('nothing is held across the call of its user', async () => {
    const { at, call, row } = givenFleet(2);
    const finish: (() => void)[] = [];
    const slow = at(0).execute(
      () =>
        new Promise<void>((resolve) => {
          finish.push(resolve);
        }),
    );
    expect(await call(at(1))).toBe('ok');
    expect(row()).toEqual({});
    while (finish.length === 0) await new Promise(setImmediate);
    finish[0]?.();
    await slow;
  });

  test('a table that refuses fails no call', async () => {
    const { at, call, store } = givenFleet(1);
    store.trouble = async () => {
      throw new StoreThrottledError({ cause: null });
    };
    expect(await call(at(0))).toBe('ok');
    expect(await call(at(0), true)).toBe('down');
  });
});

describe('a table that is restored, or a row that is deleted by hand', () => {
  test('is followed by those who knew another one, and tells of evidence again', async () => {
    const { at, call, round, opened, store, row, clock } = givenFleet(3, { minimumRequests: 5 });
    await opened();
    clock.on(61_000);
    await call(at(0));
    clock.on(40_000);
    await round();
    expect(at(1).getStats().fleet).toMatchObject({ state: 'CLOSED', epoch: 3 });
    store.items.clear();
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await round();
      clock.on(1_000);
    }
    expect(at(1).getStats().fleet).toMatchObject({ state: 'CLOSED', epoch: 0 });
    await opened();
    expect(row()).toMatchObject({ state: 'OPEN', epoch: 1 });
  });
});

test('what has been told is not kept: a fleet of years takes no more room than one of a day', async () => {
  const { at, call, clock } = givenFleet(1);
  for (let calls = 0; calls < 50; calls += 1) {
    await call(at(0), true);
    clock.on(11_000);
  }
  expect(await at(0).settled()).toBeUndefined();
});

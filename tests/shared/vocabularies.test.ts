/** The vocabularies of opossum and of `execute(service, operation, …)` on a fleet's row, by one option. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { BreakerRegistry } from '../../lib/breaker/index.ts';
import { CircuitBreakerService, type OpossumBreaker } from '../../lib/entries/opossum.ts';
import { getAllCircuitBreakerStats, type OperationConfig } from '../../lib/entries/service.ts';
import { FleetOpenError, sharing, type SharingOptions } from '../../lib/entries/shared.ts';
import { HandClock, patiently } from '../guard/given.ts';
import { MemoryBreakers } from './given.ts';

const DOWN = new Error('down');

/** Some processes, each with a registry of its own, on one table. */
function givenProcesses(count: number, options: Partial<SharingOptions> = {}) {
  const [clock, store] = [new HandClock(), new MemoryBreakers()];
  const processes = Array.from({ length: count }, (_, index) => {
    const registry = new BreakerRegistry();
    let draws = 0;
    const shared = sharing({
      store,
      wall: () => clock.ms,
      within: patiently,
      // A breaker's first draw is its environment's hash, and `sharing` has tried one.
      random: () => ((draws += 1) <= 2 ? index / 64 : 0.5),
      ...options,
    });
    return { registry, shared, service: new CircuitBreakerService(registry) };
  });
  const told = () => Promise.all(processes.map(({ registry }) => registry.settled()));
  return { clock, store, processes, told };
}

describe('opossum', () => {
  const action = async (fails: boolean) => {
    if (fails) throw DOWN;
    return 'ok';
  };

  function given(count: number, options: Partial<SharingOptions> = {}) {
    const fleet = givenProcesses(count, options);
    const events: string[][] = [];
    const breakers = fleet.processes.map(({ service, shared }, index) => {
      const own: string[] = [];
      events.push(own);
      return service
        .getBreaker('users', action, { volumeThreshold: 4, timeout: false, shared })
        .fallback((_fails, error) => (error instanceof Error ? error.message.slice(0, 8) : 'none'))
        .on('open', () => own.push(`open ${index}`))
        .on('halfOpen', () => own.push(`halfOpen ${index}`))
        .on('close', () => own.push(`close ${index}`));
    });
    const round = async (fails: boolean) => {
      const answers: string[] = [];
      for (const breaker of breakers) answers.push(await breaker.fire(fails));
      await fleet.told();
      return answers;
    };
    return { ...fleet, breakers, events, round };
  }

  test('one opening for the fleet; events, stats, refusals and the way back are those of opossum', async () => {
    const { breakers, events, round, clock, store, processes } = given(3);
    const key = 'BREAKER#users#default';
    for (let rounds = 0; store.items.get(key)?.['state'] !== 'OPEN'; rounds += 1) {
      expect(rounds).toBeLessThan(12);
      await round(true);
      clock.on(1_000);
    }
    clock.on(6_500);
    await round(false);
    expect(await round(false)).toEqual(['expected', 'expected', 'expected']);
    expect(breakers.map(({ opened }) => opened)).toEqual([true, true, true]);
    expect(events).toEqual([['open 0'], ['open 1'], ['open 2']]);
    const [first] = breakers;
    const { fires, failures, rejects, successes } = first?.stats ?? { fires: 0 };
    expect([fires, successes]).toEqual([Number(failures) + Number(rejects), 0]);
    expect(rejects).toBeGreaterThanOrEqual(1);
    clock.on(31_000);
    await first?.fire(false);
    await processes[0]?.registry.settled();
    expect(first?.closed).toBe(true);
    expect(events[0]).toEqual(['open 0', 'halfOpen 0', 'close 0']);
    expect(store.items.get(key)).toMatchObject({ state: 'CLOSED' });
  });

  test('an error that errorFilter takes is a success of the fleet, too', async () => {
    const { processes, store, clock, told } = givenProcesses(2);
    for (let calls = 0; calls < 20; calls += 1) {
      for (const { service, shared } of processes) {
        const breaker = service.getBreaker('lenient', action, {
          volumeThreshold: 1,
          shared,
          errorFilter: (error: Error) => error === DOWN,
        });
        await expect(breaker.fire(true)).rejects.toBe(DOWN);
      }
      await told();
      clock.on(1_000);
    }
    expect(store.writes).toBe(0);
  });

  test('the types are those of opossum’s breaker, with shared or without', () => {
    const { processes } = givenProcesses(1);
    const [{ service, shared }] = processes as [(typeof processes)[number]];
    const breaker = service.getBreaker('typed', async (id: string, at?: number) => ({ id, at }), {
      shared,
    });
    expectTypeOf(breaker).toEqualTypeOf<
      OpossumBreaker<[id: string, at?: number], { id: string; at: number | undefined }>
    >();
    expectTypeOf(breaker.fallback(() => null)).toEqualTypeOf<
      OpossumBreaker<[id: string, at?: number], { id: string; at: number | undefined }, null>
    >();
  });
});

describe('execute(service, operation, …)', () => {
  const CONFIG: OperationConfig = {
    failureThreshold: 3,
    minimumRequestCount: 3,
    recoveryTimeout: 30_000,
    tenant: 'acme',
  };

  test('a rate of the fleet opens beside the failures in a row of each; a tenant has a row of its own', async () => {
    const { processes, clock, store, told } = givenProcesses(3, { failureThreshold: 0.25 });
    const key = 'BREAKER#db#read#acme';
    let calls = 0;
    const call = async ({ service, shared }: (typeof processes)[number], fails: boolean) => {
      calls += 1;
      const work = async () => {
        if (fails) throw DOWN;
        return 'ok';
      };
      return service.execute('db', 'read', work, (error) => error, { ...CONFIG, shared });
    };
    // Every third call fails: never three in a row, and above a quarter.
    for (let round = 0; store.items.get(key)?.['state'] !== 'OPEN'; round += 1) {
      expect(round).toBeLessThan(40);
      for (const [at, each] of processes.entries()) await call(each, (round + at) % 3 === 0);
      await told();
      clock.on(500);
    }
    clock.on(6_500);
    const [first] = processes as [(typeof processes)[number]];
    await call(first, false);
    const refusal = await call(first, false);
    expect(refusal).toBeInstanceOf(FleetOpenError);
    const stats = first.service.getCircuitBreakerStats('db', 'read', 'acme');
    expect(stats).toMatchObject({ name: 'db#read#acme', state: 'OPEN', tripped: { openings: 1 } });
    expect(stats?.failureRate).toBeGreaterThan(0.25);
    expect(stats?.failureRate).toBeLessThan(0.6);
    const { totalRequests = 0, rejectedCount = 0 } = stats ?? {};
    expect(totalRequests + rejectedCount).toBeLessThan(calls);
    expect(getAllCircuitBreakerStats(first.registry)).toMatchObject({
      'db#read#acme': { state: 'OPEN' },
    });
    expectTypeOf(
      first.service.execute(
        'db',
        'read',
        async () => 1,
        () => null,
        { shared: first.shared },
      ),
    ).resolves.toEqualTypeOf<number | null>();
  });

  test('three failures in a row stop the environment alone', async () => {
    const { processes, store, told } = givenProcesses(1);
    const [{ service, shared }] = processes as [(typeof processes)[number]];
    const fail = () =>
      service.execute('db', 'write', () => Promise.reject(DOWN), null, { ...CONFIG, shared });
    for (let calls = 0; calls < 3; calls += 1) await expect(fail()).rejects.toBe(DOWN);
    const refused = await fail().catch((error: unknown) => error);
    expect(refused).not.toBeInstanceOf(FleetOpenError);
    expect(refused).toMatchObject({ code: 'CIRCUIT_OPEN', breaker: 'db#write#acme' });
    await told();
    expect(store.items.get('BREAKER#db#write#acme')?.['state'] ?? 'CLOSED').toBe('CLOSED');
  });

  test('it is reconfigured in its words, and its fleet stays', () => {
    const { processes } = givenProcesses(1);
    const [{ service, registry, shared }] = processes as [(typeof processes)[number]];
    void service.execute('db', 'read', async () => 1, null, { ...CONFIG, shared });
    const breaker = registry.get({ service: 'db', operation: 'read', tenant: 'acme' });
    breaker?.reconfigure({ failureThreshold: 7 });
    const other = sharing({ store: new MemoryBreakers() });
    expect(() => breaker?.reconfigure({ shared: other })).toThrow('without shared');
  });
});

test.each([
  [{}, /shared to be what sharing\(\{ store \}\) makes/],
  [{ store: new MemoryBreakers() }, /shared to be what sharing\(\{ store \}\) makes/],
])('shared: %j is refused in words', async (shared, words) => {
  const service = new CircuitBreakerService(new BreakerRegistry());
  const config = { shared } as never;
  expect(() => service.getBreaker('a', async () => 1, config)).toThrow(words);
  await expect(service.execute('a', 'b', async () => 1, null, config)).rejects.toThrow(words);
});

test('what a fleet cannot have is refused when it is made, and a window below a second at the first call', async () => {
  expect(() => sharing({ store: new MemoryBreakers(), quorum: 0 })).toThrow(/quorum to be/);
  expect(() => sharing({ store: {} } as never)).toThrow(/store to be a store/);
  const service = new CircuitBreakerService(new BreakerRegistry());
  const shared = sharing({ store: new MemoryBreakers() });
  const short = { shared, rollingCountTimeout: 500 };
  expect(() => service.getBreaker('a', async () => 1, short)).toThrow(/window to be/);
});

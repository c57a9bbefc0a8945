/** The ladder in one's own handler under a rate: it falls, probes by election, climbs by canaries, and heeds operators. */
import { expect, test } from 'vitest';
import { withLevels } from '../../lib/entries/guard.ts';
import * as control from '../../lib/store/control.ts';
import { production } from '../../lib/level/policy.ts';
import { Counts, CountingStore, HandClock, patiently, requestOf } from './given.ts';

interface Fleet {
  readonly store: CountingStore;
  readonly clock: HandClock;
  readonly counts: Counts;
  /** One request to each environment. */
  round(method?: string): Promise<string[]>;
  readonly probes: { count: number };
  full: number;
  degraded: number;
}

function fleetOf(size: number, options: object = {}): Fleet {
  const [store, clock, counts] = [new CountingStore(), new HandClock(), new Counts()];
  const probes = { count: 0 };
  let seed = 1;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const fleet: Fleet = {
    store,
    clock,
    counts,
    probes,
    full: 200,
    degraded: 200,
    async round(method = 'POST') {
      const answers = await Promise.all(handlers.map((each) => each(requestOf(method), {})));
      return answers.map(({ statusCode, headers }) => {
        const { 'X-Service-Level': level } = headers as Record<string, string>;
        return `${level} ${statusCode}`;
      });
    },
  };
  const handlers = Array.from({ length: size }, () =>
    withLevels({
      store,
      clock,
      random,
      telemetry: counts,
      within: patiently,
      ...options,
      full: async () => ({ statusCode: fleet.full, headers: {}, body: '' }),
      degraded: async () => ({ statusCode: fleet.degraded, headers: {}, body: '' }),
      probe() {
        probes.count += 1;
        if (fleet.degraded >= 500) throw new Error('down');
      },
    }),
  );
  return fleet;
}

async function until(fleet: Fleet, level: number, mostSeconds: number, method?: string) {
  for (let tenths = 0; tenths < mostSeconds * 10; tenths += 1) {
    await fleet.round(method);
    fleet.clock.on(100);
    const row = await fleet.store.inner.read('SYSTEM_STATE');
    if ((row?.['currentLevel'] ?? 1) === level) return tenths / 10;
  }
  throw new Error(`expected level ${level} within ${mostSeconds} s`);
}

test('a fleet falls by the rate of all, writes little, probes in turn, and climbs on canaries', async () => {
  const fleet = fleetOf(20);
  await fleet.round();
  fleet.full = 500;
  expect(await until(fleet, 2, 10)).toBeLessThan(6);
  // 20 environments at once a second for some seconds, not one for each of the failures.
  expect(fleet.store.writes).toBeLessThan(120);
  fleet.degraded = 500;
  expect(await until(fleet, 3, 20)).toBeLessThan(8);
  // Until everybody has read it.
  await until(fleet, 3, 1);
  fleet.clock.on(3_700);
  const before = fleet.probes.count;
  for (let tenths = 0; tenths < 300; tenths += 1) {
    expect((await fleet.round())[0]).toBe('3 503');
    fleet.clock.on(100);
  }
  // At most one in five seconds over the fleet, and seldomer while they fail.
  expect(fleet.probes.count - before).toBeGreaterThan(0);
  expect(fleet.probes.count - before).toBeLessThanOrEqual(6);
  fleet.degraded = 200;
  await until(fleet, 2, 120);
  expect(fleet.counts.events.get('ProbeResult')).toBeGreaterThanOrEqual(3);
  fleet.full = 200;
  const climbedAfter = await until(fleet, 1, 200);
  expect(climbedAfter).toBeGreaterThan(30);
  fleet.clock.on(3_700);
  await fleet.round();
  const { writes } = fleet.store;
  for (let calls = 0; calls < 300; calls += 1) {
    await fleet.round();
    fleet.clock.on(100);
  }
  expect(fleet.store.writes).toBe(writes);
});

test('one bad environment among twenty leaves the level', async () => {
  const fleet = fleetOf(20);
  let bad = 0;
  const { store, clock, counts } = fleet;
  const sick = withLevels({
    store,
    clock,
    telemetry: counts,
    within: patiently,
    full: async () => ({ statusCode: 500, body: '' }),
    degraded: async () => ({ statusCode: 500, body: '' }),
    probe: () => {},
  });
  for (let tenths = 0; tenths < 300; tenths += 1) {
    await Promise.all([fleet.round(), sick(requestOf('POST'), {})]);
    bad += 1;
    fleet.clock.on(100);
  }
  expect(bad).toBe(300);
  expect((await fleet.store.inner.read('SYSTEM_STATE'))?.['currentLevel'] ?? 1).toBe(1);
});

test('a failed safe request is served by the degraded face, and counts as the error that it was', async () => {
  const fleet = fleetOf(1);
  await fleet.round('GET');
  fleet.full = 500;
  expect(await fleet.round('GET')).toEqual(['2 200']);
  expect(await fleet.store.inner.read('SYSTEM_STATE')).toMatchObject({ run: 1 });
  expect(await fleet.round('POST')).toEqual(['1 500']);
  fleet.degraded = 500;
  expect(await fleet.round('GET')).toEqual(['1 500']);
});

test('a pin holds for the guard, and nothing counts meanwhile', async () => {
  const fleet = fleetOf(3);
  const protocol = { store: fleet.store, policyOf: () => production };
  await control.pin(
    protocol,
    'default',
    { level: 3, override: { reason: 'drill' } },
    fleet.clock.ms,
  );
  const { writes } = fleet.store;
  expect(await fleet.round()).toEqual(['3 503', '3 503', '3 503']);
  expect(fleet.store.writes).toBe(writes);
  expect(fleet.probes.count).toBe(0);
  await control.release(protocol, 'default', {}, fleet.clock.ms);
  await control.pin(
    protocol,
    'default',
    { level: 2, override: { reason: 'drill' } },
    fleet.clock.ms,
  );
  fleet.clock.on(4_000);
  expect(await fleet.round()).toEqual(['2 200', '2 200', '2 200']);
});

test('what the control plane changes of the policy holds from the next read on', async () => {
  const fleet = fleetOf(1);
  const policyOf = () => ({ ...production, shield: 'off' }) as const;
  const protocol = { store: fleet.store, policyOf };
  await control.changePolicy(protocol, 'default', { shield: 'off' }, {}, fleet.clock.ms);
  fleet.full = 500;
  expect(await fleet.round('GET')).toEqual(['1 500']);
});

test('where alarms move the level, requests tell nothing and probe nothing', async () => {
  const fleet = fleetOf(2, { signals: 'alarms', policy: 'classic' });
  fleet.full = 500;
  for (let calls = 0; calls < 20; calls += 1) await fleet.round();
  expect(fleet.store.writes).toBe(0);
});

test('a table that is restored is followed, and nobody stays open for it', async () => {
  const fleet = fleetOf(2);
  fleet.store.inner.put('SYSTEM_STATE', { currentLevel: 2, epoch: 9 });
  expect(await fleet.round()).toEqual(['2 200', '2 200']);
  fleet.store.inner.put('SYSTEM_STATE', { currentLevel: 3, epoch: 4 });
  for (let seconds = 0; seconds < 6; seconds += 1) {
    await fleet.round();
    fleet.clock.on(1_300);
  }
  expect(await fleet.round()).toEqual(['3 503', '3 503']);
  expect(fleet.counts.events.get('StateReadFailed') ?? 0).toBeLessThanOrEqual(2);
});

test('an operator looks past the level, and shows nothing', async () => {
  const store = new CountingStore();
  const clock = new HandClock();
  const protocol = { store, policyOf: () => production };
  await control.pin(protocol, 'default', { level: 3, override: { reason: 'drill' } }, clock.ms);
  const handler = withLevels({
    store,
    clock,
    within: patiently,
    bypass: (event: { readonly operator: boolean }) => event.operator,
    full: async () => 'everything' as const,
    degraded: async () => 'less' as const,
    maintenance: async () => 'nothing' as const,
    probe: () => {},
  });
  expect(await handler({ operator: true }, {})).toBe('everything');
  expect(await handler({ operator: false }, {})).toBe('nothing');
});

test.each([
  [{ table: '' }, /table must be the name of a table/],
  [{}, /expected table or store, got none/],
  [{ table: 'A', scope: 'Not a scope' }, /scope must be up to 32 lower-case letters/],
  [{ table: 'A', scope: 'orders.acme.more' }, /or two such with a dot between/],
  [{ table: 'A', polcy: 'bank' }, /polcy is not a field of the options; did you mean policy\?/],
  [{ table: 'A', overrides: { dwellMs: -1 } }, /overrides\.dwellMs must be an integer/],
  [{ table: 'A', failOpenLevel: 4 }, /failOpenLevel must be 1, 2 or 3/],
])('options that cannot be are refused in words: %j', (options, words) => {
  const faces = { full: async () => '', degraded: async () => '', probe: () => {} };
  expect(() => withLevels({ ...faces, ...options } as never)).toThrow(words);
});

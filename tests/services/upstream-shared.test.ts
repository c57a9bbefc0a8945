/** An API of one's own behind a breaker that all environments share: three of them, one row. */
import { expect, test } from 'vitest';
import { BreakerRegistry } from '../../lib/breaker/index.ts';
import { Companions } from '../../lib/telemetry/companions.ts';
import { otelMeters } from '../../lib/telemetry/otel-meters.ts';
import { sharedOn } from '../../lib/services/upstream-shared.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { patiently } from '../guard/given.ts';
import { HandClock } from '../guard/given.ts';
import { MemoryBreakers } from '../shared/given.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

const KEY = 'BREAKER#orders#full';

async function givenEnvironments(count: number) {
  const upstream = await givenUpstream();
  const [clock, store] = [new HandClock(), new MemoryBreakers()];
  const environments = Array.from({ length: count }, (_, index) => {
    const breakers = new BreakerRegistry();
    let draws = 0;
    const { service, told } = givenService(
      upstream.url,
      {
        breakAfter: 50,
        sharedBreaker: { scope: 'orders', rules: { minimumRequests: 6, ramp: [] } },
      },
      {
        monitors: { breakers, companions: new Companions(), meters: otelMeters() },
        share: sharedOn({
          store,
          wall: () => clock.ms,
          within: patiently,
          // Each face's breaker draws its environment's hash first.
          random: () => ((draws += 1) <= 2 ? index / 64 : 0.5),
        }),
      },
    );
    return {
      breakers,
      told,
      post: async () => {
        const { outcome, statusCode } = await service.full(requestOf({ method: 'POST' }), CONTEXT);
        await breakers.settled();
        return `${outcome} ${statusCode}`;
      },
      probe: () => service.probe('full', requestOf(), CONTEXT),
    };
  });
  const round = async () => {
    const answers: string[] = [];
    for (const each of environments) answers.push(await each.post());
    return answers;
  };
  return { upstream, clock, store, environments, round };
}

test('it opens by the rate of all, refuses untried, is probed by one, and passes on again', async () => {
  const { upstream, clock, store, environments, round } = await givenEnvironments(3);
  upstream.answer(500);
  for (let rounds = 0; store.items.get(KEY)?.['state'] !== 'OPEN'; rounds += 1) {
    expect(rounds).toBeLessThan(12);
    await round();
    clock.on(1_000);
  }
  // The fleet's time, not the second of an environment's own breaker.
  const { openUntilMs, changedAtMs } = store.items.get(KEY) ?? {};
  expect(Number(openUntilMs) - Number(changedAtMs)).toBe(5_000);
  clock.on(3_900);
  await round();
  const before = upstream.seen.length;
  // A refusal is no outcome: what opened it was counted when it happened.
  expect(await round()).toEqual(['none 503', 'none 503', 'none 503']);
  expect(upstream.seen).toHaveLength(before);
  expect(environments.map(({ breakers }) => breakers.list().map(({ name }) => name))).toEqual(
    Array.from({ length: 3 }, () => ['orders#degraded', 'orders#full']),
  );
  expect(environments[0]?.told.map(([, what]) => what)).toContain('Circuit breaker state changed');
  upstream.answer(200);
  clock.on(6_500);
  expect((await round()).filter((answer) => answer === 'success 200').length).toBeGreaterThan(0);
  expect(store.items.get(KEY)).toMatchObject({ state: 'CLOSED' });
  clock.on(6_500);
  await round();
  expect(await round()).toEqual(['success 200', 'success 200', 'success 200']);
});

test('a healthy API writes nothing, and answers of clients’ faults are no failures', async () => {
  const { upstream, clock, store, round } = await givenEnvironments(2);
  for (const status of [200, 404, 302]) {
    upstream.answer(status);
    for (let calls = 0; calls < 10; calls += 1) {
      await round();
      clock.on(500);
    }
  }
  expect(store.writes).toBe(0);
  expect(store.reads).toBeLessThanOrEqual(2 * 4);
});

test('without its table, or with none, it goes on by itself', async () => {
  const { upstream, store, round, environments } = await givenEnvironments(1);
  store.trouble = async (operation) => {
    throw new StoreUnavailableError(operation, { cause: new Error('away') });
  };
  expect(await round()).toEqual(['success 200']);
  const breaker = environments[0]?.breakers.get({ service: 'orders', operation: 'full' });
  expect(breaker?.getStats()).toMatchObject({ state: 'CLOSED', fleet: null, storeFailures: 1 });
  const shared = { sharedBreaker: { scope: 'orders', rules: {} } };
  const { service } = givenService(upstream.url, shared);
  expect(await service.full(requestOf(), CONTEXT)).toMatchObject({ outcome: 'success' });
});

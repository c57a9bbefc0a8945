/** What the ladder in one's own handler costs: reads, writes, and waiting. */
import { expect, test } from 'vitest';
import { withLevels } from '../../lib/entries/guard.ts';
import { StoreThrottledError, StoreUnavailableError } from '../../lib/store/errors.ts';
import { Counts, CountingStore, HandClock, patiently, requestOf, START_MS } from './given.ts';

const AWAY = new StoreUnavailableError('read', { cause: new Error('away') });

function given(options: { readonly within?: typeof patiently; readonly policy?: 'classic' } = {}) {
  const clock = new HandClock();
  const store = new CountingStore();
  const telemetry = new Counts();
  let status = 200;
  const answer = async () => ({ statusCode: status, body: '' });
  const handler = withLevels({
    store,
    clock,
    telemetry,
    random: () => 0.5,
    within: patiently,
    ...options,
    full: answer,
    degraded: async () => ({ statusCode: 200, body: 'less' }),
    probe: () => {},
  });
  const call = (method = 'POST') => handler(requestOf(method), {});
  return { clock, store, telemetry, call, answer: (next: number) => (status = next) };
}

test('a healthy environment writes nothing, and reads once a second at most', async () => {
  const { clock, store, call } = given();
  for (let calls = 0; calls < 10_000; calls += 1) {
    await call();
    clock.on(2);
  }
  expect(store.writes).toBe(0);
  expect(store.reads).toBeGreaterThan(15);
  expect(store.reads).toBeLessThanOrEqual(20);
});

test('calls in flight share one read, the first one too', async () => {
  const { store, call } = given();
  await Promise.all(Array.from({ length: 50 }, () => call()));
  expect(store.reads).toBe(1);
});

test('the first error is told at once, the next ones once a second, all in whole numbers', async () => {
  const { clock, store, call, answer } = given();
  await call();
  answer(500);
  await call();
  expect(store.writes).toBe(1);
  const row = await store.inner.read('SYSTEM_STATE');
  expect(row).toMatchObject({ run: 1, watchSinceMs: START_MS, watchUntilMs: START_MS + 20_000 });
  answer(200);
  for (let calls = 0; calls < 600; calls += 1) {
    clock.on(10);
    if (calls % 30 === 0) answer(500);
    await call();
    answer(200);
  }
  // Six seconds: once a second, and never two for one.
  expect(store.writes).toBeLessThanOrEqual(7);
  const told = Object.entries((await store.inner.read('SYSTEM_STATE')) ?? {});
  const sum = (letter: string) =>
    told
      .filter(([name]) => new RegExp(`^${letter}[0-9a-z]+$`).test(name))
      .reduce((total, [, value]) => total + Number(value), 0);
  expect(sum('O')).toBeGreaterThan(350);
  expect(sum('E')).toBeGreaterThan(10);
  expect(sum('O') + sum('E')).toBeLessThanOrEqual(600);
});

test('while the table refuses, it is told ever more seldom, and what it refused is told once', async () => {
  const { clock, store, call, answer } = given();
  await call();
  answer(500);
  await call();
  clock.on(3_000);
  store.fails = { write: new StoreThrottledError({ cause: null }) };
  const before = store.writes;
  for (let seconds = 0; seconds < 30; seconds += 1) {
    await call();
    clock.on(1_000);
  }
  // At 0, 2, 6 and 14 seconds.
  expect(store.writes - before).toBe(4);
});

test('what came while the table refused is told with what it refused', async () => {
  const { clock, store, call, answer } = given();
  await call();
  answer(500);
  await call();
  clock.on(3_000);
  await call();
  const before = store.inner;
  clock.on(1_100);
  let refuse = (): void => {};
  const write = store.write.bind(store);
  store.write = () =>
    new Promise((_resolve, reject) => {
      refuse = () => reject(new StoreThrottledError({ cause: null }));
    });
  const refused = call();
  await new Promise(setImmediate);
  // Another one ends while that write is on its way.
  const meanwhile = call();
  await new Promise(setImmediate);
  refuse();
  await Promise.all([refused, meanwhile]);
  store.write = write;
  clock.on(2_100);
  await call();
  const errors = Object.entries((await before.read('SYSTEM_STATE')) ?? {})
    .filter(([name]) => /^E[0-9a-z]+$/.test(name))
    .reduce((total, [, count]) => total + Number(count), 0);
  // One was told at once, two were kept back, and the last one comes with them.
  expect(errors).toBe(4);
});

test('of a write whose result is unknown nothing is told again', async () => {
  const { clock, store, call, answer } = given();
  await call();
  answer(500);
  await call();
  clock.on(3_000);
  store.fails = { write: new StoreUnavailableError('write', { cause: new Error('timeout') }) };
  await call();
  store.fails = {};
  answer(200);
  clock.on(1_000);
  await call();
  const row = (await store.inner.read('SYSTEM_STATE')) ?? {};
  expect(Object.keys(row).filter((name) => /^E[0-9a-z]+$/.test(name))).toEqual([]);
});

test('without an answer of the table the first read is waited for a second, a later one 50 ms, and the service is open', async () => {
  const waits: number[] = [];
  const within = async (_work: Promise<unknown>, ms: number) => void waits.push(ms);
  const { clock, store, telemetry, call } = given({ within });
  store.read = () => new Promise(() => {});
  expect(await call()).toMatchObject({ headers: { 'X-Service-Fail-Open': 'true' } });
  expect(waits).toEqual([1_000]);
  expect(telemetry.events.get('StateReadFailed')).toBe(1);
  const later = given({ within });
  await later.call();
  later.clock.on(1_500);
  waits.length = 0;
  later.store.fails = { read: AWAY };
  await later.call();
  expect(waits).toEqual([]);
  later.clock.on(4_000);
  expect(await later.call()).toMatchObject({ headers: { 'X-Service-Fail-Open': 'true' } });
  expect(waits).toEqual([50]);
  expect(clock.ms).toBe(START_MS);
});

test('what is served while the row is not known is evidence of nothing', async () => {
  const { store, call, answer } = given({ policy: 'classic' });
  store.fails = { read: AWAY };
  answer(500);
  for (let calls = 0; calls < 10; calls += 1) await call();
  expect(store.writes).toBe(0);
});

test('under classic each error is one write, and the fifth moves the level', async () => {
  const { store, call, answer } = given({ policy: 'classic' });
  answer(500);
  for (let calls = 0; calls < 5; calls += 1) await call();
  expect(store.writes).toBe(6);
  expect(await store.inner.read('SYSTEM_STATE')).toMatchObject({ currentLevel: 2, errorCount: 5 });
  expect(await call()).toMatchObject({ statusCode: 200, body: 'less' });
});

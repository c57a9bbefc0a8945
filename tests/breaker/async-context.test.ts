/** Each call runs in the asynchronous context of its caller, and none of it outlives the call. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  BreakerRegistry,
  bulkhead,
  CircuitBreaker,
  CircuitBreakerService,
  fallback,
  hedge,
  newCircuitBreaker,
  pipeline,
  rateLimiter,
  retry,
  timeout,
  type CallContext,
  type Policy,
} from '../../lib/entries/utils.ts';
import { DOWN } from './given.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const callers = new AsyncLocalStorage<{ readonly name: string }>();
const here = (): string => callers.getStore()?.name ?? 'nobody';

const RESET = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const trip = { trip: 'consecutive', failureThreshold: 1_000, minimumRequests: 0 } as const;

/** Policies, each with a place that its own code calls: what it tells, and whom. */
const POLICIES: readonly [string, (tell: (where: string) => unknown) => Policy<unknown>][] = [
  ['CircuitBreaker', () => new CircuitBreaker({ timeout: false, ...trip })],
  ['CircuitBreaker with a time limit', () => new CircuitBreaker({ timeout: 8, ...trip })],
  [
    'CircuitBreaker with a fallback',
    (tell) =>
      new CircuitBreaker({ timeout: 8, ...trip, fallback: () => Promise.reject(tell('fallback')) }),
  ],
  ['timeout', () => timeout({ timeout: 8 })],
  [
    'retry',
    (tell) => retry({ attempts: 2, delay: 2, jitter: false, onRetry: () => tell('onRetry') }),
  ],
  ['bulkhead', () => bulkhead({ concurrency: 1, queue: 9, maxWait: 10_000 })],
  ['rateLimiter', () => rateLimiter({ tokens: 1, per: 5, maxWait: 10_000 })],
  ['hedge', () => hedge({ delay: 4 })],
  ['fallback', (tell) => fallback(() => Promise.reject(tell('fallback')))],
  [
    'pipeline',
    () =>
      pipeline(
        timeout({ timeout: 100 }),
        retry({ attempts: 2, delay: 2 }),
        bulkhead({ concurrency: 1, queue: 9 }),
        timeout({ timeout: 8 }),
      ),
  ],
  ['Gobreaker', () => newCircuitBreaker({ name: 'context' }, new BreakerRegistry())],
];

/** Everything that a call may run of its caller's: notes where it finds itself. */
function call(policy: Policy<unknown>, seen: string[], signal: AbortSignal): Promise<unknown> {
  const name = here();
  const note = (what: string) => seen.push(`${what} of ${name} in ${here()}`);
  const fn = async (context: CallContext): Promise<never> => {
    note('fn');
    context.signal.addEventListener('abort', () => note('abort'));
    await Promise.resolve();
    note('fn after a wait');
    return new Promise((_resolve, reject) => {
      // It ends by itself where no time limit ends it.
      const timer = setTimeout(() => reject(RESET), 12);
      context.signal.addEventListener('abort', () => clearTimeout(timer));
    });
  };
  return policy.execute(fn, { signal }).then(
    () => note('answer'),
    () => note('error'),
  );
}

describe.each(POLICIES)('%s', (_name, make) => {
  test('runs whatever is of a caller in the context of that caller', async () => {
    const told: string[] = [];
    const policy = make((where) => told.push(`${where} in ${here()}`));
    const seen: string[] = [];
    const { signal } = new AbortController();
    await Promise.all(
      ['Ada', 'Bob', 'Cid'].map((name) => callers.run({ name }, () => call(policy, seen, signal))),
    );
    const wrong = seen.filter((line) => !/ of (\w+) in \1$/.test(line));
    expect(wrong).toEqual([]);
    expect(seen.filter((line) => line.startsWith('error'))).toHaveLength(3);
    for (const name of ['Ada', 'Bob', 'Cid']) {
      expect(told.filter((line) => line.endsWith(name)).length).toBe(told.length / 3);
    }
  });

  test('keeps nothing of the context when the calls have ended', async () => {
    const policy = make(() => {});
    const kept = await callers.exit(async () => {
      const refs: WeakRef<object>[] = [];
      for (const name of ['Ada', 'Bob']) {
        const store = { name };
        refs.push(new WeakRef(store));
        const { signal } = new AbortController();
        await callers.run(store, () => call(policy, [], signal));
      }
      return refs;
    });
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    collect();
    expect(kept.map((ref) => ref.deref())).toEqual([undefined, undefined]);
    // The policy itself is still there.
    expect(policy).toHaveProperty('execute');
  });
});

test('a service of breakers runs each action and fallback in the context of its caller', async () => {
  const service = new CircuitBreakerService(new BreakerRegistry());
  const seen: string[] = [];
  const down = async (): Promise<never> => {
    seen.push(`action in ${here()}`);
    throw DOWN;
  };
  for (const name of ['Ada', 'Bob']) {
    await callers.run({ name }, () =>
      service.execute('db', 'read', down, () => seen.push(`fallback in ${here()}`)),
    );
    await callers.run({ name }, () =>
      service.executeWithFallback('token', down, () => seen.push(`fallback in ${here()}`)),
    );
  }
  const ofOne = (name: string) => [`action in ${name}`, `fallback in ${name}`];
  expect(seen).toEqual(['Ada', 'Ada', 'Bob', 'Bob'].flatMap(ofOne));
});

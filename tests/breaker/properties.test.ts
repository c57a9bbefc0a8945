/** What must hold for every configuration and every trace of calls and time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SavedBreaker } from '../../lib/breaker/index.ts';
import { DOWN, given, settle } from './given.ts';
import { Model, type ModelRules } from './model.ts';

type Step =
  | { readonly kind: 'begin' }
  | {
      readonly kind: 'end';
      readonly pick: number;
      readonly how: 'success' | 'failure' | 'filtered';
    }
  | { readonly kind: 'pass'; readonly byMs: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        pick: fc.nat(7),
        how: fc.constantFrom(...(['success', 'failure', 'failure', 'filtered'] as const)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('pass' as const),
        byMs: fc.constantFrom(1, 9, 10, 30, 100, 1_000),
      }),
    },
  ),
  { minLength: 20, maxLength: 150 },
);

interface Configured extends ModelRules {
  readonly probes: number | null;
  readonly probeRate: number;
}

const rules: fc.Arbitrary<Configured> = fc
  .record({
    trip: fc.constantFrom('rate', 'consecutive', 'count'),
    rate: fc.constantFrom(0.1, 0.3, 0.5, 1),
    run: fc.integer({ min: 1, max: 4 }),
    minimumRequests: fc.nat(5),
    windowMs: fc.constantFrom(10, 100, 1_000),
    buckets: fc.constantFrom(1, 5, 10),
    size: fc.integer({ min: 5, max: 9 }),
    resetMs: fc.constantFrom(0, 10, 100),
    permitted: fc.integer({ min: 1, max: 3 }),
    successesToClose: fc.integer({ min: 1, max: 4 }),
    probes: fc.option(fc.integer({ min: 1, max: 5 })),
    probeRate: fc.constantFrom(0.2, 0.5, 0.6, 1),
    maxWaitMs: fc.constantFrom(10, 50, Infinity),
  })
  .map(({ rate, run, ...rest }) => {
    const failuresToOpen = rest.probes === null ? 1 : Math.ceil(rest.probeRate * rest.probes);
    return {
      ...rest,
      failureThreshold: rest.trip === 'consecutive' ? run : rate,
      failuresToOpen,
      // Of so many probes; one success more and the failures of the rest cannot reach the rate.
      successesToClose: (rest.probes ?? rest.successesToClose) - failuresToOpen + 1,
    };
  });

function breakerOf(it: Configured) {
  return given({
    trip: it.trip,
    failureThreshold: it.failureThreshold,
    minimumRequests: it.minimumRequests,
    window: it.windowMs,
    buckets: it.buckets,
    size: it.size,
    resetTimeout: it.resetMs,
    halfOpen: {
      permitted: it.permitted,
      maxWait: it.maxWaitMs,
      ...(it.probes === null
        ? { successesToClose: it.successesToClose }
        : { probes: it.probes, failureThreshold: it.probeRate }),
    },
    isFailure: (error) => error === DOWN,
  });
}

/** Plays a trace and calls back after every step; what still runs at the end counts nowhere. */
async function play(
  it: ReturnType<typeof given>,
  trace: readonly Step[],
  listen: {
    begun?: (id: number, passed: boolean) => void;
    ended?: (id: number, how: 'success' | 'failure' | 'filtered') => void;
    after?: () => void;
  },
): Promise<void> {
  const open: { readonly id: number; readonly call: PromiseWithResolvers<unknown> }[] = [];
  for (const [id, step] of trace.entries()) {
    if (step.kind === 'pass') it.clock.advance(step.byMs);
    if (step.kind === 'begin') {
      const call = Promise.withResolvers();
      let passed = false;
      void it.breaker.tryExecute(() => {
        passed = true;
        return call.promise;
      });
      if (passed) open.push({ id, call });
      listen.begun?.(id, passed);
    }
    if (step.kind === 'end' && open.length > 0) {
      const [ending] = open.splice(step.pick % open.length, 1);
      if (step.how === 'success') ending?.call.resolve(1);
      else ending?.call.reject(step.how === 'failure' ? DOWN : 'filtered');
      await settle();
      listen.ended?.(ending?.id ?? -1, step.how);
    }
    listen.after?.();
  }
  for (const { call } of open) call.reject('filtered');
  await settle();
}

describe('for every configuration and trace', () => {
  test('the breaker does what the slow model does, step by step', async () => {
    await fc.assert(
      fc.asyncProperty(rules, steps, async (it, trace) => {
        const real = breakerOf(it);
        const model = new Model(it);
        await play(real, trace, {
          begun: (id, passed) => expect(passed).toBe(model.begin(id, real.clock.nowMs)),
          ended: (id, how) => model.end(id, how, real.clock.nowMs),
          after: () => {
            model.look(real.clock.nowMs);
            const { state, window } = real.breaker.getStats();
            const { requests, failures } = window;
            const expected = { state: model.state, ...model.window(real.clock.nowMs) };
            expect({ state, requests, failures }).toEqual(expected);
          },
        });
      }),
      { numRuns: 500 },
    );
  });

  test('saving and restoring at any moment changes no later decision', async () => {
    await fc.assert(
      fc.asyncProperty(rules, steps, steps, async (it, before, after) => {
        const first = breakerOf(it);
        await play(first, before, {});
        const second = breakerOf(it);
        second.clock.nowMs = first.clock.nowMs;
        const saved = JSON.parse(JSON.stringify(first.breaker)) as SavedBreaker;
        second.breaker.restore(saved);
        expect(second.breaker.toJSON()).toEqual(saved);
        const decisions = { first: '', second: '' };
        const note = (who: 'first' | 'second', real: typeof first) => ({
          begun: (_id: number, passed: boolean) => (decisions[who] += passed ? '+' : '!'),
          after: () => (decisions[who] += ` ${real.state()} `),
        });
        await play(first, after, note('first', first));
        await play(second, after, note('second', second));
        expect(decisions.second).toBe(decisions.first);
      }),
      { numRuns: 100 },
    );
  });

  test('one stateChange per transition, each beginning where the last one ended', async () => {
    await fc.assert(
      fc.asyncProperty(rules, steps, async (it, trace) => {
        const real = breakerOf(it);
        let at = 'CLOSED';
        real.breaker.on('stateChange', ({ from, to }) => {
          expect(from).toBe(at);
          expect(to).not.toBe(from);
          at = to;
        });
        await play(real, trace, { after: () => expect(real.state()).toBe(at) });
      }),
      { numRuns: 200 },
    );
  });

  test('every call is counted once: passed and counted, refused, filtered, or still running', async () => {
    await fc.assert(
      fc.asyncProperty(rules, steps, async (it, trace) => {
        const real = breakerOf(it);
        const seen = { refused: 0, success: 0, failure: 0, filtered: 0 };
        await play(real, trace, {
          begun: (_id, passed) => (seen.refused += passed ? 0 : 1),
          ended: (_id, how) => (seen[how] += 1),
        });
        expect(real.breaker.getStats()).toMatchObject({
          rejectedCount: seen.refused,
          successCount: seen.success,
          failureCount: seen.failure,
          totalRequests: seen.success + seen.failure,
        });
      }),
      { numRuns: 200 },
    );
  });
});

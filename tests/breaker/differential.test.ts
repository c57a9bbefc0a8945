/** 500 random traces through opossum, cockatiel and this library, with every difference explained. */
import { ConsecutiveBreaker, CountBreaker, SamplingBreaker } from 'cockatiel';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DOWN, settle } from './given.ts';
import { QUIRKS, TraceModel, type Ending, type Quirk, type TraceRules } from './peer-model.ts';
import { cockatiel, opossum, ours, type Subject } from './peers.ts';

/**
 * How a peer is held against this library: the model without quirks must decide every call as this
 * library does, the model with the peer's quirks as the peer does, and without any one of these
 * quirks it must fail to. So the quirks are all the differences there are, and each is one.
 */
const TRACES = 500;

/** A call that ends at once, a slow call that begins or ends, or milliseconds that pass. */
type Step =
  | { readonly kind: 'call' | 'endSlow'; readonly how: Ending }
  | { readonly kind: 'beginSlow' }
  | { readonly kind: 'pass'; readonly byMs: number };

const ending = fc.constantFrom<Ending>('success', 'failure', 'failure', 'filtered');
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('call' as const), how: ending }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('beginSlow' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('endSlow' as const),
      how: fc.constantFrom<Ending>('success', 'failure'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      byMs: fc.constantFrom(1, 500, 999, 1_000, 2_500, 9_000, 30_000),
    }),
  },
);
const traces = fc.sample(fc.array(step, { minLength: 40, maxLength: 120 }), {
  seed: 5,
  numRuns: TRACES,
});

const FILTERED = new Error('filtered');

async function endAs(how: Ending): Promise<void> {
  if (how === 'failure') throw DOWN;
  if (how === 'filtered') throw FILTERED;
}

/** The decisions of a subject: one sign per call, + for passed and ! for refused. */
async function replay(subject: Subject, trace: readonly Step[]): Promise<string> {
  let decisions = '';
  let slow: PromiseWithResolvers<void> | null = null;
  const ask = async (work: () => Promise<void>) => {
    let passed = false;
    const answer = subject.call(() => {
      passed = true;
      return work();
    });
    answer.catch(() => {});
    await settle();
    decisions += passed ? '+' : '!';
    return passed;
  };
  for (const it of trace) {
    if (it.kind === 'pass') await vi.advanceTimersByTimeAsync(it.byMs);
    if (it.kind === 'call') await ask(() => endAs(it.how));
    if (it.kind === 'beginSlow' && slow === null) {
      const begun = Promise.withResolvers<void>();
      const passed = await ask(() => begun.promise);
      // A slow probe would leave the peers nothing to compare: cockatiel lets other calls wait.
      if (!passed || subject.halfOpen()) begun.resolve();
      else slow = begun;
      await settle();
    }
    if (it.kind === 'endSlow' && slow !== null) {
      if (it.how === 'success') slow.resolve();
      else slow.reject(DOWN);
      slow = null;
      await settle();
    }
  }
  subject.stop?.();
  return decisions;
}

/** The same of the model. */
function expected(rules: TraceRules, quirks: readonly Quirk[], trace: readonly Step[]): string {
  const model = new TraceModel(rules, quirks);
  let decisions = '';
  let slow: number | null = null;
  for (const it of trace) {
    if (it.kind === 'pass') model.nowMs += it.byMs;
    if (it.kind === 'call') {
      const passed = model.begin();
      decisions += passed ? '+' : '!';
      if (passed) model.end(it.how, model.generation);
    }
    if (it.kind === 'beginSlow' && slow === null) {
      const passed = model.begin();
      decisions += passed ? '+' : '!';
      if (passed && model.state === 'HALF_OPEN') model.end('success', model.generation);
      else if (passed) slow = model.generation;
    }
    if (it.kind === 'endSlow' && slow !== null) {
      model.end(it.how, slow);
      slow = null;
    }
  }
  return decisions;
}

const SHARED = { windowMs: 10_000, buckets: 10, size: 8, minimum: 5, resetMs: 3_000 };
const RATE: TraceRules = { ...SHARED, trip: 'rate', threshold: 0.5 };
const COUNT: TraceRules = { ...SHARED, trip: 'count', threshold: 0.5 };
const CONSECUTIVE: TraceRules = { ...SHARED, trip: 'consecutive', threshold: 3, minimum: 0 };

interface Peer {
  readonly name: string;
  readonly rules: TraceRules;
  readonly make: () => Subject;
  readonly quirks: readonly Quirk[];
}

const PEERS: readonly Peer[] = [
  {
    name: 'opossum',
    rules: RATE,
    make: () => opossum(RATE),
    quirks: [
      'strictly above',
      'requests count when they begin',
      'refusals are requests',
      'counts survive opening',
      'counts survive closing',
      'probes are counted',
      'filtered probes close',
      'late results count',
      'late results decide half-open',
      'half-open by timer',
    ],
  },
  {
    name: 'cockatiel sampling',
    rules: RATE,
    make: () => {
      const minimumRps = RATE.minimum / (RATE.windowMs / 1_000);
      const options = { threshold: RATE.threshold, duration: RATE.windowMs, minimumRps };
      return cockatiel(RATE, new SamplingBreaker(options));
    },
    quirks: [
      'strictly above',
      'probes are counted',
      'filtered probes close',
      'late results count',
      'buckets move one at a time',
    ],
  },
  {
    name: 'cockatiel count',
    rules: COUNT,
    make: () => {
      const { threshold, size, minimum } = COUNT;
      return cockatiel(COUNT, new CountBreaker({ threshold, size, minimumNumberOfCalls: minimum }));
    },
    quirks: ['strictly above', 'probes are counted', 'filtered probes close', 'late results count'],
  },
  {
    name: 'cockatiel consecutive',
    rules: CONSECUTIVE,
    make: () => cockatiel(CONSECUTIVE, new ConsecutiveBreaker(CONSECUTIVE.threshold)),
    quirks: ['filtered probes close', 'late results count'],
  },
];

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

async function replayAll(make: () => Subject): Promise<readonly string[]> {
  const all: string[] = [];
  for (const trace of traces) {
    vi.setSystemTime(0);
    all.push(await replay(make(), trace));
  }
  return all;
}

describe.each([RATE, COUNT, CONSECUTIVE])('this library, trip $trip', (rules) => {
  test('decides every call as the model without quirks', async () => {
    const decisions = await replayAll(() => ours(rules));
    expect(decisions).toEqual(traces.map((trace) => expected(rules, [], trace)));
    // The traces are worth replaying: they refuse calls, and let calls pass again after it.
    expect(decisions.filter((it) => /!.*\+/.test(it)).length).toBeGreaterThan(TRACES / 2);
  });
});

describe.each(PEERS)('$name', ({ rules, make, quirks }) => {
  test(`differs in nothing but: ${quirks.join(', ')}`, async () => {
    const decisions = await replayAll(make);
    expect(decisions).toEqual(traces.map((trace) => expected(rules, quirks, trace)));
    for (const quirk of quirks) {
      const others = quirks.filter((other) => other !== quirk);
      const same = traces.every(
        (trace, index) => expected(rules, others, trace) === decisions[index],
      );
      expect(same, `${quirk}: ${QUIRKS[quirk]}`).toBe(false);
    }
  });
});

/** What no trace of one call after another can show. */
describe('while a probe is running', () => {
  const WAITING: readonly [string, (rules: TraceRules) => Subject, string][] = [
    ['this library refuses', ours, 'refused'],
    ['opossum refuses', opossum, 'refused'],
    [
      'cockatiel lets the call wait, and then pass or be refused as the probe decides',
      (rules) => cockatiel(rules, new ConsecutiveBreaker(1)),
      'waiting',
    ],
  ];

  test.each(WAITING)('%s', async (_what, make, fate) => {
    vi.setSystemTime(0);
    const subject = make({ ...RATE, minimum: 1 });
    await subject.call(() => endAs('failure')).catch(() => {});
    await vi.advanceTimersByTimeAsync(RATE.resetMs);
    const probe = Promise.withResolvers<void>();
    const probing = subject.call(() => probe.promise);
    let seen = 'waiting';
    const second = subject.call(async () => {
      seen = 'passed';
    });
    second.catch(() => {
      seen = 'refused';
    });
    await settle();
    expect(seen).toBe(fate);
    probe.resolve();
    await Promise.allSettled([probing, second]);
    expect(seen).toBe(fate === 'waiting' ? 'passed' : fate);
    subject.stop?.();
  });
});

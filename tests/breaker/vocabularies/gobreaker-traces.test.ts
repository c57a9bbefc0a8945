/** Replays the recorded traces of the real gobreaker: the same decisions, states and counts at every step. */
import { expect, test } from 'vitest';
import {
  BreakerRegistry,
  isOpenStateError,
  isTooManyRequestsError,
  newCircuitBreaker,
  type Gobreaker,
  type GobreakerSettings,
} from '../../../lib/entries/utils.ts';
import recorded from '../gobreaker/traces.json' with { type: 'json' };
import { DOWN, settle } from '../given.ts';

/**
 * A step is `b` for a call that begins, `s2` for the success of the running call number 2, `f` for
 * its failure, `t` for an error that isSuccessful tolerates, `x` for one that isExcluded excludes,
 * or `+5` for 5 ms. Its result is the decision, the state, the six counts and the changes of state.
 */
type Rules = Omit<(typeof recorded)[number], 'traces'>;

const TOLERATED = new Error('tolerated');
const EXCLUDED = new Error('excluded');
const ERRORS: Readonly<Record<string, Error>> = { f: DOWN, t: TOLERATED, x: EXCLUDED };

function settingsOf(rules: Rules): GobreakerSettings {
  const { name, maxRequests, interval, timeout, trip, minimum, threshold } = rules;
  const settings = { name, maxRequests, interval, timeout };
  switch (trip) {
    case 'ratio':
      return {
        ...settings,
        readyToTrip: ({ requests, totalFailures }) =>
          requests >= minimum && totalFailures / requests >= threshold,
      };
    case 'consecutive':
      return {
        ...settings,
        readyToTrip: ({ consecutiveFailures }) => consecutiveFailures >= threshold,
      };
    default:
      return settings;
  }
}

async function replay(rules: Rules, steps: readonly string[]): Promise<readonly string[]> {
  let nowMs = 0;
  let changes = '';
  const running: PromiseWithResolvers<void>[] = [];
  const breaker = newCircuitBreaker(
    {
      ...settingsOf(rules),
      isSuccessful: (error) => error === TOLERATED,
      isExcluded: (error) => error === EXCLUDED,
      onStateChange: (_name, from, to) => {
        changes += `/${from[0]}${to[0]}`;
      },
      clock: () => nowMs,
    },
    new BreakerRegistry(),
  );
  const seen: string[] = [];
  for (const step of steps) {
    changes = '';
    let decision = '-';
    if (step === 'b') decision = await begin(breaker, running);
    else if (step.startsWith('+')) nowMs += Number(step.slice(1));
    else await end(running, step);
    // Whoever asks for the state makes the transition that is due: after a wait the next call must.
    const state = step.startsWith('+') ? '-' : breaker.state()[0];
    seen.push(`${step}:${decision}${state}${Object.values(breaker.counts()).join('.')}${changes}`);
  }
  return seen;
}

async function begin(breaker: Gobreaker, running: PromiseWithResolvers<void>[]): Promise<string> {
  const call = Promise.withResolvers<void>();
  let decision = '?';
  const answer = breaker.execute(() => {
    decision = 'p';
    running.push(call);
    return call.promise;
  });
  answer.catch((error: unknown) => {
    if (isOpenStateError(error)) decision = 'o';
    if (isTooManyRequestsError(error)) decision = 't';
  });
  await settle();
  return decision;
}

async function end(running: PromiseWithResolvers<void>[], step: string): Promise<void> {
  const [call] = running.splice(Number(step.slice(1)), 1);
  const error = ERRORS[step[0] ?? ''];
  if (error === undefined) call?.resolve();
  else call?.reject(error);
  await settle();
}

test.each(recorded)(
  'all traces with the rules "$name" are decided as gobreaker decides them',
  async ({ traces, ...rules }) => {
    for (const trace of traces) {
      const expected = trace.split(' ');
      const steps = expected.map((step) => step.slice(0, step.indexOf(':')));
      expect(await replay(rules, steps)).toEqual(expected);
    }
  },
);

test('the traces hold every decision in every state, and every change', () => {
  const steps = recorded.flatMap(({ traces }) => traces.flatMap((trace) => trace.split(' ')));
  const results = new Set(steps.map((step) => step.slice(step.indexOf(':')).slice(1, 3)));
  const changes = new Set(steps.flatMap((step) => step.split('/').slice(1)));
  expect([...results].toSorted()).toEqual(['--', '-c', '-h', '-o', 'oo', 'pc', 'ph', 'th']);
  expect([...changes].toSorted()).toEqual(['co', 'hc', 'ho', 'oh']);
  expect(steps.length).toBeGreaterThanOrEqual(9_600);
});

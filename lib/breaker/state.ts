/** How it is applied: the states, and what one call or the passing of time makes of them. */
import { opensOnFailure, opensOnSlowSuccess, type TripRules } from './verdict.ts';
import type { CallWindow } from './window.ts';

/** The three states, by the words that stats, events and logs use. */
export const CircuitState = { CLOSED: 'CLOSED', OPEN: 'OPEN', HALF_OPEN: 'HALF_OPEN' } as const;

/** One of the three states. */
export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

/** Calls pass and are counted. The counts alone change in place; all else is a new state. */
export interface Closed {
  readonly kind: 'CLOSED';
  readonly window: CallWindow;
  /** Counted calls since it closed. */
  requests: number;
  /** Failures since the last success. */
  failureRun: number;
}

/** Calls are refused. */
export interface Open {
  readonly kind: 'OPEN';
  /** How often it opened by itself since it was last closed. */
  readonly openings: number;
  /** When probes are let through, on the clock; Infinity: it is held. */
  readonly untilMs: number;
}

/** One call that was let through to see whether the dependency has recovered. */
export interface Probe {
  readonly startedMs: number;
}

/** A few calls pass and decide. */
export interface HalfOpen {
  readonly kind: 'HALF_OPEN';
  readonly openings: number;
  /** The probes that hold a permit; a probe that is not among them decides nothing. */
  readonly probes: readonly Probe[];
  readonly successes: number;
}

export type BreakerState = Closed | Open | HalfOpen;

/** Everything that the transitions compare with. */
export interface Rules extends TripRules {
  /** Probes in flight, at least 1. */
  readonly permitted: number;
  /** Successful probes that close, at least 1. */
  readonly successesToClose: number;
  /** How long a probe holds its permit, in milliseconds. */
  readonly maxWaitMs: number;
}

/** How one counted call ended. */
export interface Outcome {
  readonly failed: boolean;
  readonly slow: boolean;
}

/** What the evidence asks for. */
export type Verdict = 'stay' | 'open-failures' | 'open-slow' | 'close';

export const closed = (window: CallWindow): Closed => ({
  kind: 'CLOSED',
  window,
  requests: 0,
  failureRun: 0,
});

export const open = (openings: number, untilMs: number): Open => ({
  kind: 'OPEN',
  openings,
  untilMs,
});

export const halfOpen = (openings: number, successes = 0): HalfOpen => ({
  kind: 'HALF_OPEN',
  openings,
  probes: [],
  successes,
});

/** What the passing of time makes of a state: an OPEN whose time is up becomes HALF_OPEN. */
export function afterTime(state: BreakerState, atMs: number): BreakerState {
  return state.kind === 'OPEN' && state.untilMs <= atMs ? halfOpen(state.openings) : state;
}

/** The answer to a call that asks to pass. */
export type Admission =
  | { readonly kind: 'pass' }
  | { readonly kind: 'probe'; readonly probe: Probe; readonly state: HalfOpen }
  | { readonly kind: 'refuse'; readonly retryAfterMs: number | null };

const PASS: Admission = { kind: 'pass' };
const NO_PERMIT: Admission = { kind: 'refuse', retryAfterMs: null };

/** Whether a call may pass a state that afterTime has brought up to date. */
export function admit(state: BreakerState, rules: Rules, atMs: number): Admission {
  switch (state.kind) {
    case 'CLOSED':
      return PASS;
    case 'OPEN':
      return {
        kind: 'refuse',
        retryAfterMs: state.untilMs === Infinity ? null : state.untilMs - atMs,
      };
    case 'HALF_OPEN': {
      const waiting = state.probes.filter((probe) => !isOverdue(probe, rules, atMs));
      if (waiting.length >= rules.permitted) return NO_PERMIT;
      const probe: Probe = { startedMs: atMs };
      return { kind: 'probe', probe, state: { ...state, probes: [...waiting, probe] } };
    }
  }
}

/** Counts one call that passed a CLOSED state, and judges. */
export function countCall(state: Closed, rules: Rules, outcome: Outcome, atMs: number): Verdict {
  const { failed, slow } = outcome;
  state.requests += 1;
  if (failed) {
    state.failureRun += 1;
    state.window.addFailure(atMs, slow);
  } else {
    state.failureRun = 0;
    state.window.addSuccess(atMs, slow);
    if (!slow) return 'stay';
  }
  const { requests, failureRun } = state;
  const seen = { window: state.window.counts(atMs), requests, failureRun };
  if (failed) return opensOnFailure(rules, seen) ? 'open-failures' : 'stay';
  return opensOnSlowSuccess(rules, seen) ? 'open-slow' : 'stay';
}

/** What the end of a probe makes of HALF_OPEN. */
export interface Settled {
  readonly state: HalfOpen;
  readonly verdict: Verdict;
}

/**
 * Judges the end of a probe. One that has outlasted maxWait has lost its permit and decides nothing.
 *
 * @param outcome null for a probe that was filtered or aborted: it frees its permit and no more.
 */
export function settleProbe(
  state: HalfOpen,
  rules: Rules,
  probe: Probe,
  outcome: Outcome | null,
  atMs: number,
): Settled {
  const held = state.probes.includes(probe) && !isOverdue(probe, rules, atMs);
  const freed = { ...state, probes: state.probes.filter((other) => other !== probe) };
  if (!held || outcome === null) return { state: freed, verdict: 'stay' };
  if (outcome.failed) return { state: freed, verdict: 'open-failures' };
  if (outcome.slow && rules.slowRate !== null) return { state: freed, verdict: 'open-slow' };
  const successes = state.successes + 1;
  const verdict = successes >= rules.successesToClose ? 'close' : 'stay';
  return { state: { ...freed, successes }, verdict };
}

function isOverdue(probe: Probe, rules: Rules, atMs: number): boolean {
  return probe.startedMs + rules.maxWaitMs <= atMs;
}

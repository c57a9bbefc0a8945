/** How it is applied: the states, and what one call or the passing of time makes of them. */
import { opensOnFailure, opensOnSlowSuccess, type TripRules } from './verdict.ts';
import { addCall, countsOf, NOTHING_SEEN, type CallWindow, type WindowCounts } from './window.ts';

/** The three states, by the words that stats, events and logs use. */
export const CircuitState = { CLOSED: 'CLOSED', OPEN: 'OPEN', HALF_OPEN: 'HALF_OPEN' } as const;

/** One of the three states. */
export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

/** Calls pass and are counted, in place. */
export interface Closed {
  readonly kind: 'CLOSED';
  readonly window: CallWindow;
  /** Counted calls since it closed. */
  requests: number;
  /** Failures since the last success. */
  failureRun: number;
}

/** What opened a breaker, as it was seen then. */
export interface Tripped {
  readonly reason: 'failures' | 'slow' | 'manual';
  /** On the clock. */
  readonly trippedAtMs: number;
  /** What was counted until then: of the window, or of the probes where they opened it again. */
  readonly seen: WindowCounts;
  /** The failure that was one too many; undefined where it was none. */
  readonly error: unknown;
  /** How often it opened by itself since it was last closed. */
  readonly openings: number;
}

/** Calls are refused. */
export interface Open {
  readonly kind: 'OPEN';
  readonly tripped: Tripped;
  /** When probes are let through, on the clock; NaN: it is held. */
  readonly endsAtMs: number;
}

/** A call that was let through to see whether the dependency has recovered. */
export interface Probe {
  readonly startedMs: number;
}

/** A few calls pass and decide. */
export interface HalfOpen {
  readonly kind: 'HALF_OPEN';
  readonly tripped: Tripped;
  /** Those that hold a permit; a probe that is not among them decides nothing. */
  readonly probes: Set<Probe>;
  /** The probes that have ended. */
  seen: WindowCounts;
  /** Those that speak for closing. */
  successes: number;
}

export type BreakerState = Closed | Open | HalfOpen;

/** Everything that the transitions compare with. */
export interface Rules extends TripRules {
  /** Probes in flight, at least 1. */
  readonly permitted: number;
  /** Successful probes that close, at least 1. */
  readonly successesToClose: number;
  /** Failed or slow probes that open, at least 1. */
  readonly failuresToOpen: number;
  /** After how long another call may take the permit of a probe, in milliseconds. */
  readonly maxWait: number;
}

/** What the evidence asks for: to open by failures or slow calls, to close by probes, or nothing. */
export type Verdict = 'failures' | 'slow' | 'probes' | null;

export const closed = (window: CallWindow): Closed => ({
  kind: 'CLOSED',
  window,
  requests: 0,
  failureRun: 0,
});

export const open = (tripped: Tripped, endsAtMs: number): Open => ({
  kind: 'OPEN',
  tripped,
  endsAtMs,
});

export const halfOpen = (tripped: Tripped): HalfOpen => ({
  kind: 'HALF_OPEN',
  tripped,
  probes: new Set(),
  seen: NOTHING_SEEN,
  successes: 0,
});

/**
 * Gives a probe its permit: one that is free, or that of a probe which has held it for too long.
 *
 * @returns null: there is none.
 */
export function permit(
  { probes }: HalfOpen,
  { permitted, maxWait }: Rules,
  atMs: number,
): Probe | null {
  if (probes.size >= permitted) {
    const [oldest] = probes;
    if (oldest === undefined || oldest.startedMs + maxWait > atMs) return null;
    probes.delete(oldest);
  }
  const probe = { startedMs: atMs };
  probes.add(probe);
  return probe;
}

/** Counts one call that passed a CLOSED state, and judges. */
export function countCall(
  state: Closed,
  rules: Rules,
  atMs: number,
  failed: boolean,
  slow: boolean,
): Verdict {
  state.requests += 1;
  state.failureRun = failed ? state.failureRun + 1 : 0;
  addCall(state.window, atMs, failed, slow);
  if (!failed && !slow) return null;
  const window = countsOf(state.window, atMs);
  if (failed) return opensOnFailure(rules, state, window) ? 'failures' : null;
  return opensOnSlowSuccess(rules, window) ? 'slow' : null;
}

/** Counts the end of a probe, and judges. One whose permit another call has taken decides nothing. */
export function countProbe(
  state: HalfOpen,
  rules: Rules,
  probe: Probe,
  failed: boolean,
  slow: boolean,
): Verdict {
  if (!state.probes.delete(probe)) return null;
  const { requests, failures, slow: slowOnes } = state.seen;
  state.seen = {
    requests: requests + 1,
    failures: failures + (failed ? 1 : 0),
    slow: slowOnes + (slow ? 1 : 0),
  };
  if (!failed && !(slow && rules.slowRate !== false)) state.successes += 1;
  if (requests + 1 - state.successes >= rules.failuresToOpen) return failed ? 'failures' : 'slow';
  return state.successes >= rules.successesToClose ? 'probes' : null;
}

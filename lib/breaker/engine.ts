/** One breaker without its calls: what it remembers, and how the transitions are applied to it. */
import { CircuitBreakerOpenError, stackless, type TimeoutError } from './errors.ts';
import { tell, type Change, type ChangeReason, type Listeners } from './events.ts';
import { DEFAULTS } from './options.ts';
import type { Settings } from './settings.ts';
import {
  closed,
  countCall,
  countProbe,
  halfOpen,
  open,
  type BreakerState,
  type Closed,
  type HalfOpen,
  type Open,
  type Probe,
  type Tripped,
  type Verdict,
} from './state.ts';
import { addToTotals, newTotals, type Totals } from './totals.ts';
import { countsOf, newWindow, type CallWindow, type WindowCounts } from './window.ts';

/** Whether the breaker decides, stands aside, or only counts. */
export type BreakerMode = 'auto' | 'disabled' | 'metricsOnly';

/** What a call that passed is recognised by when it ends. */
export type Ticket = Closed | Probe;

/** What a call's promise is settled through. */
export interface Lane {
  readonly ok: (value: unknown) => unknown;
  readonly bad: (error: unknown) => unknown;
}

/** How a call that counts has failed. */
export interface Failure {
  readonly error: unknown;
  /** Whether its time was up. */
  readonly timedOut: boolean;
}

export interface Engine {
  settings: Settings;
  mode: BreakerMode;
  state: BreakerState;
  totals: Totals;
  /** When the state last changed, on the clock; NaN before the first change. */
  changedAtMs: number;
  listeners: Listeners | null;
  /** What the calls of one closed generation share; null: to be made, or not possible. */
  lane: Lane | null;
  tryLane: Lane | null;
  /** What a change is told as: as it is, but where another state stands above this one. */
  toldAs: (change: Change) => Change | null;
}

export const newEngine = (settings: Settings): Engine => ({
  settings,
  mode: 'auto',
  state: closed(windowOf(settings)),
  totals: newTotals(),
  changedAtMs: Number.NaN,
  listeners: null,
  lane: null,
  tryLane: null,
  toldAs: (change) => change,
});

export const windowOf = ({ buckets, bucketMs }: Settings): CallWindow =>
  newWindow(buckets, bucketMs);

/** Notices that time has passed; whoever looks first, a call or a reader, makes the transition. */
export function look(engine: Engine): number {
  const atMs = engine.settings.clock();
  const { state } = engine;
  if (state.kind === 'OPEN' && state.endsAtMs <= atMs) {
    enter(engine, halfOpen(state.tripped), 'elapsed', atMs);
  }
  return atMs;
}

/** What the rates are of: what a CLOSED breaker has seen, or what opened it. */
export const seenBy = ({ state }: Engine, atMs: number): WindowCounts =>
  state.kind === 'CLOSED' ? countsOf(state.window, atMs) : state.tripped.seen;

/**
 * Counts a refusal.
 *
 * @param leftMs NaN where nobody knows when a call may pass.
 */
export function refuse(
  { settings, totals, listeners }: Engine,
  { kind: state, tripped }: Open | HalfOpen,
  leftMs: number,
): CircuitBreakerOpenError {
  const { name } = settings;
  totals.rejected += 1;
  const retryAfterMs = Number.isNaN(leftMs) ? null : leftMs;
  const { error: cause } = tripped;
  const options = cause === undefined ? { state, retryAfterMs } : { state, retryAfterMs, cause };
  const error = stackless(() => new CircuitBreakerOpenError(name, options));
  if (listeners !== null) tell(listeners, [['reject', { name, error }]]);
  return error;
}

/** The same of a refusal that another made. */
export function countRefusal(
  { settings: { name }, totals, listeners }: Engine,
  error: CircuitBreakerOpenError,
): void {
  totals.rejected += 1;
  if (listeners !== null) tell(listeners, [['reject', { name, error }]]);
}

/**
 * Counts the end of a call and judges it.
 *
 * @param totals Those of its begin.
 * @param startedMs NaN where nobody wanted to know when the call began.
 * @param failure null for a success.
 */
export function ended(
  engine: Engine,
  ticket: Ticket,
  totals: Totals,
  startedMs: number,
  failure: Failure | null,
): void {
  const { clock, slowAfterMs } = engine.settings;
  const atMs = clock();
  const failed = failure !== null;
  // Of NaN nothing is slow.
  const slow = slowAfterMs !== null && atMs - startedMs >= slowAfterMs;
  addToTotals(totals, atMs, failed);
  const verdict = judge(engine, ticket, atMs, failed, slow);
  // What follows stands apart so that what every call needs is compiled as one.
  if (verdict !== null || failed || engine.listeners !== null) {
    conclude(engine, totals, verdict, atMs, atMs - startedMs, failure, slow);
  }
}

function conclude(
  engine: Engine,
  totals: Totals,
  verdict: Verdict,
  atMs: number,
  durationMs: number,
  failure: Failure | null,
  slow: boolean,
): void {
  const { listeners } = engine;
  const timedOut = failure !== null && failure.timedOut;
  if (timedOut) totals.timeouts += 1;
  const change = apply(engine, verdict, atMs, failure?.error);
  if (listeners === null) return;
  const { name } = engine.settings;
  const end = { name, durationMs: Number.isNaN(durationMs) ? null : durationMs };
  tell(listeners, [
    slow && ['slow', end],
    timedOut && ['timeout', { ...end, error: failure.error as TimeoutError }],
    failure === null ? ['success', end] : ['failure', { ...end, error: failure.error }],
    change && ['stateChange', change],
  ]);
}

function judge(
  { state, settings, mode }: Engine,
  ticket: Ticket,
  atMs: number,
  failed: boolean,
  slow: boolean,
): Verdict {
  if (state === ticket) {
    const verdict = countCall(state, settings, atMs, failed, slow);
    return mode === 'auto' ? verdict : null;
  }
  // A result of an older generation decides nothing.
  if (state.kind !== 'HALF_OPEN' || 'kind' in ticket) return null;
  return countProbe(state, settings, ticket, failed, slow);
}

/** A call that was filtered or aborted frees its permit, decides nothing and counts nowhere. */
export function dropped({ state }: Engine, ticket: Ticket): void {
  if (state.kind === 'HALF_OPEN') state.probes.delete(ticket as Probe);
}

/** Makes one transition (or begins the same state anew, which is none) and tells of it. */
export function enter(engine: Engine, next: BreakerState, reason: ChangeReason, atMs: number) {
  const change = swap(engine, next, reason, atMs);
  const { listeners } = engine;
  if (listeners !== null) tell(listeners, [change && ['stateChange', change]]);
}

function swap(
  engine: Engine,
  next: BreakerState,
  reason: ChangeReason,
  atMs: number,
): Change | null {
  const from = engine.state.kind;
  engine.state = next;
  dropLanes(engine);
  if (from === next.kind) return null;
  const change = { name: engine.settings.name, from, to: next.kind, reason };
  const told = engine.toldAs(change);
  if (told !== null) engine.changedAtMs = atMs;
  return told;
}

/** Tells of a change of what stands above this breaker. */
export function tellChange(engine: Engine, change: Change): void {
  engine.changedAtMs = engine.settings.clock();
  const { listeners } = engine;
  if (listeners !== null) tell(listeners, [['stateChange', change]]);
}

/** Lets the next call decide anew whether it can take a lane. */
export function dropLanes(engine: Engine): void {
  engine.lane = null;
  engine.tryLane = null;
}

/** Applies a verdict. */
function apply(engine: Engine, verdict: Verdict, atMs: number, error: unknown): Change | null {
  const { state, settings } = engine;
  if (verdict === null) return null;
  if (verdict === 'probes') return swap(engine, closed(windowOf(settings)), verdict, atMs);
  const tripped: Tripped = {
    reason: verdict,
    trippedAtMs: atMs,
    seen: state.kind === 'HALF_OPEN' ? state.seen : seenBy(engine, atMs),
    error,
    openings: openingsOf(state) + 1,
  };
  const endsAtMs = atMs + openForMs(settings, tripped);
  // resetTimeout is the user's: what it did to the breaker meanwhile stands.
  return engine.state === state ? swap(engine, open(tripped, endsAtMs), verdict, atMs) : null;
}

export const openingsOf = (state: BreakerState): number =>
  state.kind === 'CLOSED' ? 0 : state.tripped.openings;

function openForMs({ resetTimeout }: Settings, { openings, error }: Tripped): number {
  if (typeof resetTimeout === 'number') return resetTimeout;
  try {
    const ms = resetTimeout(openings, error);
    if (typeof ms === 'number' && ms >= 0 && ms < Infinity) return ms;
  } catch {
    // The failure that opened has its own caller; a bad resetTimeout must not replace its error.
  }
  return DEFAULTS.resetTimeout;
}

/** Applies the transitions to one breaker: holds its state and totals, and tells its listeners. */
import { refusal, type CircuitBreakerOpenError, type TimeoutError } from './errors.ts';
import {
  Listeners,
  type BreakerEventName,
  type BreakerEvents,
  type ChangeReason,
} from './events.ts';
import { DEFAULTS } from './options.ts';
import { asks } from './predicate.ts';
import type { Settings } from './settings.ts';
import {
  admit,
  afterTime,
  closed,
  countCall,
  open,
  settleProbe,
  type Admission,
  type BreakerState,
  type Closed,
  type Outcome,
  type Probe,
  type Verdict,
} from './state.ts';
import { Totals } from './totals.ts';
import { CountWindow, TimeWindow, type CallWindow } from './window.ts';

/** Whether the breaker decides, stands aside, or only counts. */
export type BreakerMode = 'auto' | 'disabled' | 'metricsOnly';

/** What a call that passed is recognised by when it ends. */
export type Ticket = Closed | Probe;

/** The two closures that the calls of one closed generation share. */
export interface Lane {
  readonly onOk: (value: unknown) => unknown;
  readonly onBad: (error: unknown) => unknown;
}

/** How one call ended, for counting. */
export interface CallEnd {
  readonly ticket: Ticket;
  readonly totals: Totals;
  readonly atMs: number;
  /** null where nobody wanted to know when the call began. */
  readonly durationMs: number | null;
}

type Change = BreakerEvents['stateChange'];

/** One breaker without its calls: state, totals, listeners. */
export class Engine {
  readonly settings: Settings;
  state: BreakerState;
  mode: BreakerMode = 'auto';
  totals = new Totals();
  /** When the state last changed, on the clock; NaN before the first change. */
  changedMs = Number.NaN;
  listeners: Listeners | null = null;
  /** Kept while the generation lasts; null: to be made, or not possible in this state. */
  lane: Lane | null = null;
  tryLane: Lane | null = null;

  constructor(settings: Settings) {
    this.settings = settings;
    this.state = closed(this.newWindow());
  }

  /** Whether it stands aside. */
  get isDisabled(): boolean {
    return this.mode === 'disabled';
  }

  newWindow(): CallWindow {
    const { trip, size, windowMs, buckets } = this.settings;
    return trip === 'count' ? new CountWindow(size) : new TimeWindow(windowMs, buckets);
  }

  /** Notices that time has passed; whoever looks first, a call or a reader, makes the transition. */
  look(atMs: number): void {
    const { state } = this;
    const next = afterTime(state, atMs);
    if (next !== state) this.enter(next, 'elapsed', atMs);
  }

  /** Asks to pass; a probe has its permit when this returns. */
  admit(atMs: number): Admission {
    this.look(atMs);
    const admission = admit(this.state, this.settings, atMs);
    if (admission.kind === 'probe') this.state = admission.state;
    return admission;
  }

  /** Counts a refusal. */
  refuse(retryAfterMs: number | null): CircuitBreakerOpenError {
    const { name } = this.settings;
    this.totals.rejected += 1;
    const error = refusal(name, retryAfterMs);
    if (this.listeners !== null) this.tell('reject', { name, error });
    return error;
  }

  succeeded(end: CallEnd): void {
    const { totals, atMs, durationMs } = end;
    const slow = this.#isSlow(durationMs);
    totals.addSuccess(atMs);
    const change = this.judge(end.ticket, { failed: false, slow }, atMs);
    const { listeners } = this;
    if (listeners === null) return;
    const { name } = this.settings;
    if (slow) listeners.post('slow', { name, durationMs });
    listeners.post('success', { name, durationMs });
    if (change !== null) listeners.post('stateChange', change);
    listeners.deliver();
  }

  /** @param timeout The error itself where the call's time was up. */
  failed(end: CallEnd, error: unknown, timeout: TimeoutError | null = null): void {
    const { totals, atMs, durationMs } = end;
    const slow = this.#isSlow(durationMs);
    totals.addFailure(atMs);
    if (timeout !== null) totals.timeouts += 1;
    const change = this.judge(end.ticket, { failed: true, slow }, atMs);
    const { listeners } = this;
    if (listeners === null) return;
    const { name } = this.settings;
    if (slow) listeners.post('slow', { name, durationMs });
    if (timeout !== null) listeners.post('timeout', { name, error: timeout, durationMs });
    listeners.post('failure', { name, error, durationMs });
    if (change !== null) listeners.post('stateChange', change);
    listeners.deliver();
  }

  /** A call that was filtered or aborted: frees its permit, decides nothing and counts nowhere. */
  dropped(ticket: Ticket, atMs: number): void {
    this.judge(ticket, null, atMs);
  }

  /** Whether an error of the function counts as a failure. */
  countsError(error: unknown): boolean {
    const { isFailure } = this.settings;
    return isFailure === null || asks(() => isFailure(error, undefined), true);
  }

  /** Whether a result counts as a failure; only a predicate that takes two parameters is asked. */
  countsResult(result: unknown): boolean {
    const { isFailure } = this.settings;
    if (isFailure === null || isFailure.length < 2) return false;
    return asks(() => isFailure(undefined, result), true);
  }

  /** Makes one transition (or begins the same state anew, which is none) and tells of it. */
  enter(next: BreakerState, reason: ChangeReason, atMs: number): void {
    const change = this.swap(next, reason, atMs);
    if (change !== null) this.tell('stateChange', change);
  }

  tell<Name extends BreakerEventName>(name: Name, event: BreakerEvents[Name]): void {
    this.listeners?.post(name, event);
    this.listeners?.deliver();
  }

  listen(): Listeners {
    this.listeners ??= new Listeners(this.settings.name);
    return this.listeners;
  }

  /** Lets the next call decide anew whether it can take a lane. */
  dropLanes(): void {
    this.lane = null;
    this.tryLane = null;
  }

  protected judge(ticket: Ticket, outcome: Outcome | null, atMs: number): Change | null {
    const { state, settings } = this;
    if ('startedMs' in ticket) {
      if (state.kind !== 'HALF_OPEN') return null;
      const settled = settleProbe(state, settings, ticket, outcome, atMs);
      this.state = settled.state;
      return this.apply(settled.verdict, atMs);
    }
    // A result of an older generation decides nothing.
    if (state !== ticket || outcome === null) return null;
    const verdict = countCall(ticket, settings, outcome, atMs);
    return this.mode === 'auto' ? this.apply(verdict, atMs) : null;
  }

  protected apply(verdict: Verdict, atMs: number): Change | null {
    const before = this.state;
    switch (verdict) {
      case 'stay':
        return null;
      case 'close':
        return this.swap(closed(this.newWindow()), 'probes', atMs);
      case 'open-failures':
      case 'open-slow': {
        const openings = before.kind === 'HALF_OPEN' ? before.openings + 1 : 1;
        const openForMs = this.#openForMs(openings);
        // resetTimeout is the user's: what it did to the breaker meanwhile stands.
        if (this.state !== before) return null;
        const reason = verdict === 'open-slow' ? 'slow' : 'failures';
        return this.swap(open(openings, atMs + openForMs), reason, atMs);
      }
    }
  }

  protected swap(next: BreakerState, reason: ChangeReason, atMs: number): Change | null {
    const from = this.state.kind;
    this.state = next;
    this.dropLanes();
    if (from === next.kind) return null;
    this.changedMs = atMs;
    return { name: this.settings.name, from, to: next.kind, reason };
  }

  #openForMs(openings: number): number {
    const { resetTimeout } = this.settings;
    if (typeof resetTimeout === 'number') return resetTimeout;
    try {
      const openForMs = resetTimeout(openings);
      if (typeof openForMs === 'number' && openForMs >= 0 && openForMs < Infinity) return openForMs;
    } catch {
      // The failure that opened has its own caller; a bad resetTimeout must not replace its error.
    }
    return DEFAULTS.resetTimeout;
  }

  #isSlow(durationMs: number | null): boolean {
    const { slowAfterMs } = this.settings;
    return slowAfterMs !== null && durationMs !== null && durationMs >= slowAfterMs;
  }
}

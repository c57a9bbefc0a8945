/** Decides as gobreaker does: calls count when they begin, and the counts live for one generation. */
import { Engine, type Ticket } from '../engine.ts';
import type { BreakerEvents, ChangeReason } from '../events.ts';
import { asks } from '../predicate.ts';
import type { Settings } from '../settings.ts';
import { closed, halfOpen, type Admission, type BreakerState, type Outcome } from '../state.ts';

/** What one generation has seen. */
export interface Counts {
  /** Calls that passed, also those that still run. */
  readonly requests: number;
  readonly totalSuccesses: number;
  readonly totalFailures: number;
  /** Calls that ended and count neither way; those whose caller aborted are among them. */
  readonly totalExclusions: number;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
}

/** Whether a closed breaker trips; asked after each failure. */
export type ReadyToTrip = (counts: Counts) => boolean;

/** gobreaker's own rule, and what stands in for a readyToTrip that throws. */
export const moreThanFiveInARow: ReadyToTrip = ({ consecutiveFailures }) => consecutiveFailures > 5;

const NOTHING: Counts = {
  requests: 0,
  totalSuccesses: 0,
  totalFailures: 0,
  totalExclusions: 0,
  consecutiveSuccesses: 0,
  consecutiveFailures: 0,
};

/**
 * The rules are those of gobreaker 2.4 with its fixed window: every change of state and, in CLOSED,
 * every interval begins a generation with empty counts, and a result of an older one is dropped.
 * Source: github.com/sony/gobreaker, v2/gobreaker.go.
 */
export class GobreakerEngine extends Engine {
  counts: Counts = NOTHING;
  readonly #intervalMs: number;
  readonly #readyToTrip: ReadyToTrip;
  /** When a generation of CLOSED ends, on the clock; Infinity: when it opens. */
  #endsMs = Infinity;

  /** @param intervalMs How long a generation of CLOSED lasts; 0: until it opens. */
  constructor(settings: Settings, intervalMs: number, readyToTrip: ReadyToTrip) {
    super(settings);
    this.#intervalMs = intervalMs;
    this.#readyToTrip = readyToTrip;
    this.#beginInterval(settings.clock());
  }

  /** A generation ends strictly after its time, where the other breakers of this library end at it. */
  override look(atMs: number): void {
    const { state } = this;
    if (state.kind === 'CLOSED' && this.#endsMs < atMs) {
      this.enter(closed(this.newWindow()), 'elapsed', atMs);
    } else if (state.kind === 'OPEN' && state.untilMs < atMs) {
      this.enter(halfOpen(state.openings), 'elapsed', atMs);
    }
  }

  /** @param startedMs NaN where nobody has read the clock yet. */
  override admit(startedMs: number): Admission {
    const atMs = Number.isNaN(startedMs) ? this.settings.clock() : startedMs;
    const admission = super.admit(atMs);
    if (admission.kind !== 'refuse') this.#add({ requests: this.counts.requests + 1 });
    return admission;
  }

  protected override judge(ticket: Ticket, outcome: Outcome | null, atMs: number) {
    this.look(atMs);
    if (!this.#isOfThisGeneration(ticket)) return null;
    if (outcome === null) return this.#exclude(ticket);
    if (outcome.failed) return this.#countFailure(atMs);
    return this.#countSuccess(atMs);
  }

  protected override swap(next: BreakerState, reason: ChangeReason, atMs: number) {
    this.counts = NOTHING;
    this.#beginInterval(atMs);
    return super.swap(next, reason, atMs);
  }

  #beginInterval(atMs: number): void {
    this.#endsMs = this.#intervalMs === 0 ? Infinity : atMs + this.#intervalMs;
  }

  #isOfThisGeneration(ticket: Ticket): boolean {
    const { state } = this;
    if (!('startedMs' in ticket)) return state === ticket;
    return state.kind === 'HALF_OPEN' && state.probes.includes(ticket);
  }

  #exclude(ticket: Ticket): null {
    this.#add({ totalExclusions: this.counts.totalExclusions + 1 });
    const { state } = this;
    // Only an excluded probe frees its place: maxRequests bounds all the probes of a generation.
    if (state.kind === 'HALF_OPEN') {
      this.state = { ...state, probes: state.probes.filter((probe) => probe !== ticket) };
    }
    return null;
  }

  #countSuccess(atMs: number): BreakerEvents['stateChange'] | null {
    this.#add({
      totalSuccesses: this.counts.totalSuccesses + 1,
      consecutiveSuccesses: this.counts.consecutiveSuccesses + 1,
      consecutiveFailures: 0,
    });
    const closes =
      this.state.kind === 'HALF_OPEN' &&
      this.counts.consecutiveSuccesses >= this.settings.successesToClose;
    return this.apply(closes ? 'close' : 'stay', atMs);
  }

  #countFailure(atMs: number): BreakerEvents['stateChange'] | null {
    this.#add({
      totalFailures: this.counts.totalFailures + 1,
      consecutiveFailures: this.counts.consecutiveFailures + 1,
      consecutiveSuccesses: 0,
    });
    const { state } = this;
    const opens = state.kind === 'HALF_OPEN' || this.#trips();
    // readyToTrip is the user's: what it did to the breaker meanwhile stands.
    return this.apply(opens && this.state === state ? 'open-failures' : 'stay', atMs);
  }

  #trips(): boolean {
    return asks(() => this.#readyToTrip({ ...this.counts }), moreThanFiveInARow(this.counts));
  }

  #add(change: Partial<Counts>): void {
    this.counts = { ...this.counts, ...change };
  }
}

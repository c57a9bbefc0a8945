/** Decides as gobreaker does: calls count when they begin, and the counts live for one generation. */
import { enter, newEngine, openingsOf, refuse, windowOf, type Engine } from '../engine.ts';
import type { CircuitBreakerOpenError } from '../errors.ts';
import { asks } from '../predicate.ts';
import { closed, halfOpen, open, type BreakerState } from '../state.ts';
import { addToTotals, type Totals } from '../totals.ts';
import type { WindowCounts } from '../window.ts';
import {
  afterEnd,
  moreThanFiveInARow,
  NOTHING_COUNTED,
  type Counts,
  type Ending,
} from './gobreaker-counts.ts';
import type { GobreakerRules } from './gobreaker-settings.ts';

/** What a call that passed is recognised by when it ends. */
export interface GobreakerTicket {
  readonly generation: BreakerState;
  readonly totals: Totals;
}

/**
 * The rules are those of gobreaker 2.4 with its fixed window: every change of state and, in CLOSED,
 * every interval begins a generation with empty counts, and a result of an older one is dropped.
 * Source: github.com/sony/gobreaker, v2/gobreaker.go.
 */
export class Generations {
  readonly engine: Engine;
  rules: GobreakerRules;
  #counts = NOTHING_COUNTED;
  /** The generation that the counts are of: a state that is not the same object is another one. */
  #generation: BreakerState;
  #begunAtMs: number;

  constructor(rules: GobreakerRules) {
    this.rules = rules;
    this.engine = newEngine(rules.settings);
    this.#generation = this.engine.state;
    this.#begunAtMs = rules.settings.clock();
  }

  get counts(): Counts {
    return this.engine.state === this.#generation ? this.#counts : NOTHING_COUNTED;
  }

  /** What the rates of the stats are of. */
  get seen(): WindowCounts {
    const { totalSuccesses, totalFailures } = this.counts;
    return { requests: totalSuccesses + totalFailures, failures: totalFailures, slow: 0 };
  }

  /** A generation ends strictly after its time, where the other breakers of this library end at it. */
  look(): number {
    const { engine } = this;
    const { state } = engine;
    const atMs = engine.settings.clock();
    this.#follow(atMs);
    const { intervalMs } = this.rules;
    if (state.kind === 'OPEN' && state.endsAtMs < atMs) {
      enter(engine, halfOpen(state.tripped), 'elapsed', atMs);
    } else if (state.kind === 'CLOSED' && intervalMs > 0 && this.#begunAtMs + intervalMs < atMs) {
      enter(engine, closed(windowOf(engine.settings)), 'elapsed', atMs);
    }
    this.#follow(atMs);
    return atMs;
  }

  /** @returns The refusal of a call that may not pass. */
  admit(): GobreakerTicket | CircuitBreakerOpenError {
    const { engine } = this;
    const atMs = this.look();
    const { state, totals } = engine;
    if (state.kind === 'OPEN') return refuse(engine, state, state.endsAtMs - atMs);
    const { requests, totalExclusions } = this.#counts;
    // Only an excluded probe frees its place: maxRequests bounds all the probes of a generation.
    if (state.kind === 'HALF_OPEN' && requests - totalExclusions >= this.rules.maxRequests) {
      return refuse(engine, state, Number.NaN);
    }
    this.#counts = { ...this.#counts, requests: requests + 1 };
    return { generation: state, totals };
  }

  end({ generation, totals }: GobreakerTicket, how: Ending, error: unknown): void {
    const { engine } = this;
    const atMs = this.look();
    if (how !== 'excluded') addToTotals(totals, atMs, how === 'failure');
    if (engine.state !== generation) return;
    this.#counts = afterEnd(this.#counts, how);
    if (how === 'success') this.#closeIfWell(atMs);
    if (how === 'failure') this.#openIfIll(atMs, error);
  }

  #closeIfWell(atMs: number): void {
    const { engine, rules } = this;
    if (engine.state.kind !== 'HALF_OPEN') return;
    if (this.#counts.consecutiveSuccesses < rules.maxRequests) return;
    enter(engine, closed(windowOf(engine.settings)), 'probes', atMs);
    this.#follow(atMs);
  }

  #openIfIll(atMs: number, error: unknown): void {
    const { engine } = this;
    const { state } = engine;
    const opens = state.kind === 'HALF_OPEN' || (engine.mode === 'auto' && this.#trips());
    // readyToTrip is the user's: what it did to the breaker meanwhile stands.
    if (!opens || engine.state !== state) return;
    const openings = openingsOf(state) + 1;
    const { seen } = this;
    const tripped = { reason: 'failures', trippedAtMs: atMs, seen, error, openings } as const;
    enter(engine, open(tripped, atMs + this.rules.openForMs), 'failures', atMs);
    this.#follow(atMs);
  }

  #trips(): boolean {
    const { readyToTrip } = this.rules;
    return asks(() => readyToTrip({ ...this.#counts }), moreThanFiveInARow(this.#counts));
  }

  /** Begins to count anew where the generation is another one, whoever has changed it. */
  #follow(atMs: number): void {
    if (this.engine.state === this.#generation) return;
    this.#generation = this.engine.state;
    this.#counts = NOTHING_COUNTED;
    this.#begunAtMs = atMs;
  }
}

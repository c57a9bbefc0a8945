/** A circuit breaker whose state a whole fleet shares, around one that each environment has for itself. */
import { asData, asPromise, type Answer } from '../breaker/answer.ts';
import { refuseWith, run, type CallOptions } from '../breaker/call.ts';
import { CircuitBreaker, engineOf } from '../breaker/circuit-breaker.ts';
import { closeIn } from '../breaker/control.ts';
import { BreakerOptionsError, stackless } from '../breaker/errors.ts';
import type { CircuitBreakerChanges } from '../breaker/options.ts';
import { DEFAULTS } from '../breaker/options.ts';
import type { Protected } from '../breaker/policy.ts';
import type { CircuitBreakerStats } from '../breaker/stats.ts';
import type { TryResult } from '../breaker/try-result.ts';
import type { BreakerRow } from './breaker-row.ts';
import { FleetBreaker } from './fleet-breaker.ts';
import type { Admission } from './fleet-parts.ts';
import { describeBreaker, type FleetStatus } from './fleet-status.ts';
import { FleetOpenError } from './shared-errors.ts';
import { readSharedOptions, type SharedBreakerOptions } from './shared-options.ts';

/** The stats of one environment, with what it knows of the fleet. */
export interface SharedBreakerStats extends CircuitBreakerStats {
  /** null before the row was first read. */
  readonly fleet: FleetStatus | null;
}

/**
 * CircuitBreaker's interface; open(), close(), disable() and metricsOnly() are of this environment alone.
 * While it is disabled, or only counts, the fleet refuses nothing either.
 *
 * @example
 * const payments = new SharedCircuitBreaker({
 *   service: 'payments', operation: 'charge', store: dynamoBreakerStore({ table: 'Breakers' }),
 * });
 * await payments.execute(({ signal }) => fetch(url, { signal }));
 */
export class SharedCircuitBreaker<Fallback = never> extends CircuitBreaker<Fallback> {
  readonly #fleet: FleetBreaker;
  readonly #nowMs: () => number;

  /** @throws BreakerOptionsError for an unknown option or a value out of its range. */
  constructor(options: SharedBreakerOptions<Fallback>) {
    const { local, fleet } = readSharedOptions(options);
    super(local);
    this.#nowMs = fleet.nowMs;
    this.#fleet = new FleetBreaker({
      ...fleet,
      changed: (from, to) => this.#follow(from, to),
      openForMs: (openings, error) => this.#openForMs(openings, error),
    });
  }

  override execute<T, Own = Fallback>(
    fn: Protected<T>,
    options?: CallOptions<Own>,
  ): Promise<T | Own> {
    return this.#call(fn, options, asPromise) as Promise<T | Own>;
  }

  override tryExecute<T, Own = Fallback>(
    fn: Protected<T>,
    options?: CallOptions<Own>,
  ): Promise<TryResult<T | Own>> {
    return this.#call(fn, options, asData) as Promise<TryResult<T | Own>>;
  }

  /** The state is the fleet's where it is not CLOSED, and else this environment's own. */
  override getStats(): SharedBreakerStats {
    const stats = super.getStats();
    const { held, rules } = this.#fleet.view;
    if (held === null) return { ...stats, fleet: null };
    const { state } = held.row;
    return {
      ...stats,
      state: state === 'CLOSED' ? stats.state : state,
      fleet: describeBreaker(held.row, rules, this.#nowMs()),
    };
  }

  /** @throws BreakerOptionsError also for another trip. */
  override reconfigure(changes: CircuitBreakerChanges<Fallback>): void {
    refuseOtherTrip(changes);
    super.reconfigure(changes);
  }

  /**
   * Resolves when all that is being told the row has been told; no call waits for it. In a function that
   * may be frozen once it has answered, wait for it before.
   */
  settled(): Promise<void> {
    return this.#fleet.settled();
  }

  #call(
    fn: Protected<unknown>,
    options: CallOptions<unknown> | undefined,
    answer: Answer,
  ): Promise<unknown> {
    const engine = engineOf(this);
    // A breaker that stands aside asks nobody, and what is no function is refused as ever.
    if (typeof fn !== 'function' || engine.mode === 'disabled') {
      return run(engine, fn, options, answer);
    }
    const reading = this.#fleet.refresh();
    if (reading !== null) return reading.then(() => this.#admitted(fn, options, answer));
    return this.#admitted(fn, options, answer);
  }

  #admitted(
    fn: Protected<unknown>,
    options: CallOptions<unknown> | undefined,
    answer: Answer,
  ): Promise<unknown> {
    const admission = this.#fleet.admit();
    const go = (given: Admission) => this.#run(given, fn, options, answer);
    return admission instanceof Promise ? admission.then(go) : go(admission);
  }

  #run(
    admission: Admission,
    fn: Protected<unknown>,
    options: CallOptions<unknown> | undefined,
    answer: Answer,
  ): Promise<unknown> {
    const engine = engineOf(this);
    if (admission.kind === 'refuse') {
      if (engine.mode !== 'auto') return run(engine, fn, options, answer);
      const { by, leftMs } = admission;
      const error = stackless(() => new FleetOpenError(this.name, by, leftMs));
      return refuseWith(engine, error, options, answer);
    }
    const { pass } = admission;
    let isOver = false;
    const told = (succeeded?: boolean, error?: unknown): void => {
      isOver = true;
      void this.#fleet.ended(pass, succeeded, error);
    };
    const running = run(engine, fn, options, answer, told);
    if (!pass.isProbe) return running;
    // Whatever kept a probe from being called, its permit goes back.
    const over = (): void => {
      if (!isOver) told();
    };
    running.then(over, over);
    return running;
  }

  /** What an environment has seen by itself is of the time before; what a hand has held stays held. */
  #follow(from: BreakerRow | null, to: BreakerRow): void {
    const engine = engineOf(this);
    const { state, mode } = engine;
    if (from?.state === to.state || mode !== 'auto') return;
    const isByHand = state.kind !== 'CLOSED' && state.tripped.reason === 'manual';
    if (!isByHand) closeIn(engine, 'auto');
  }

  #openForMs(openings: number, error: unknown): number {
    const { resetTimeout } = engineOf(this).settings;
    if (typeof resetTimeout === 'number') return resetTimeout;
    try {
      const ms = resetTimeout(openings, error);
      if (ms >= 0 && ms < Infinity) return ms;
    } catch {
      // As of a breaker of one process: a bad resetTimeout is none.
    }
    return DEFAULTS.resetTimeout;
  }
}

function refuseOtherTrip({ trip = 'rate' }: CircuitBreakerChanges<unknown>): void {
  if (trip === 'rate') return;
  throw new BreakerOptionsError(
    `expected trip to be rate, which alone a fleet can count together, got ${trip}`,
  );
}

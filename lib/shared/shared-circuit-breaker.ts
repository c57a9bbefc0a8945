/** A circuit breaker whose state a whole fleet shares, around one that each environment has for itself. */
import { asData, asPromise, type Answer } from '../breaker/answer.ts';
import { refuseWith, run, type CallOptions } from '../breaker/call.ts';
import { CircuitBreaker, engineOf } from '../breaker/circuit-breaker.ts';
import { closeIn } from '../breaker/control.ts';
import { tellChange } from '../breaker/engine.ts';
import { BreakerOptionsError, stackless } from '../breaker/errors.ts';
import type { Change } from '../breaker/events.ts';
import { onceReported, tellOne } from '../breaker/listener.ts';
import { DEFAULTS, type CircuitBreakerChanges, type ResetTimeout } from '../breaker/options.ts';
import type { Protected } from '../breaker/policy.ts';
import type { CircuitState } from '../breaker/state.ts';
import type { TryResult } from '../breaker/try-result.ts';
import type { Trip } from '../breaker/verdict.ts';
import type { BreakerRow } from './breaker-row.ts';
import { FleetBreaker } from './fleet-breaker.ts';
import type { SharedBreakerStats } from './fleet-of.ts';
import type { Admission, FleetEvent } from './fleet-parts.ts';
import { FleetOpenError } from './shared-errors.ts';
import { readSharedOptions, type SharedBreakerOptions } from './shared-options.ts';
import { reasonOf, withFleet } from './shared-stats.ts';

/**
 * CircuitBreaker's interface; open(), close(), disable() and metricsOnly() are of this environment alone.
 * While it is disabled, or only counts, the fleet refuses nothing either. Its state, in stats and events, is the
 * fleet's where that is not CLOSED, and else this environment's own; what a hand has opened here is OPEN.
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
  readonly #trip: Trip;
  /** The fleet's, where the environment has another of its own. */
  readonly #resetTimeout: number | ResetTimeout | undefined;
  /** The state that was told of last. */
  #shown: CircuitState = 'CLOSED';
  #isFollowing = false;
  #storeFailures = 0;

  /** @throws BreakerOptionsError for an unknown option or a value out of its range. */
  constructor(options: SharedBreakerOptions<Fallback>) {
    const { local, fleet, listed } = readSharedOptions(options);
    super(local);
    const { onListenerError } = engineOf(this).settings;
    const report = onceReported(
      `onFleet of ${this.name}`,
      onListenerError && ((error) => onListenerError(error, 'stateChange')),
    );
    this.#trip = local.trip ?? 'rate';
    this.#nowMs = fleet.nowMs;
    if (options.local?.resetTimeout !== undefined) {
      this.#resetTimeout = options.resetTimeout ?? DEFAULTS.resetTimeout;
    }
    // With each reading: what is in use is listed, and no call pays for it.
    const list = (): void => listed(this);
    this.#fleet = new FleetBreaker({
      ...fleet,
      store: {
        read: (key) => {
          list();
          return fleet.store.read(key);
        },
        write: (key, write) => fleet.store.write(key, write),
      },
      told: (event, error) => {
        // Without an error it is a call that had nobody to ask.
        if (event === 'StoreFailed' && error !== undefined) this.#storeFailures += 1;
        tellOne((given: FleetEvent) => fleet.told(given, error), event, report);
      },
      changed: (from, to) => this.#follow(from, to),
      openForMs: (openings, error) => this.#openForMs(openings, error),
    });
    engineOf(this).toldAs = (change) => this.#toldAs(change);
    list();
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

  override getStats(): SharedBreakerStats {
    const own = super.getStats();
    const { held, rules } = this.#fleet.view;
    const storeFailures = this.#storeFailures;
    if (held === null) return { ...own, fleet: null, storeFailures };
    const known = { row: held.row, rules, isByHand: this.#isByHand() };
    return { ...withFleet(own, known, this.#nowMs()), storeFailures };
  }

  override reset(): void {
    this.#storeFailures = 0;
    super.reset();
  }

  /** @throws BreakerOptionsError also for another trip. */
  override reconfigure(changes: CircuitBreakerChanges<Fallback>): void {
    const { trip = this.#trip } = changes;
    if (trip !== this.#trip) {
      throw new BreakerOptionsError(
        `expected trip to be ${this.#trip}, as it was made with, got ${trip}`,
      );
    }
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
    const isTransition = from?.state !== to.state || from.closedAtMs !== to.closedAtMs;
    if (!isTransition) return;
    this.#isFollowing = true;
    if (engine.mode === 'auto' && !this.#isByHand()) closeIn(engine, 'auto');
    this.#isFollowing = false;
    const change = this.#changeTo({ name: this.name, reason: reasonOf(to) });
    if (change !== null) tellChange(engine, change);
  }

  /** A change of this environment alone is told as what it makes of the state that is shown. */
  #toldAs({ name, reason }: Change): Change | null {
    return this.#isFollowing ? null : this.#changeTo({ name, reason });
  }

  #changeTo(change: Pick<Change, 'name' | 'reason'>): Change | null {
    const from = this.#shown;
    const { state } = engineOf(this);
    const fleet = this.#fleet.view.held?.row.state ?? 'CLOSED';
    const to = fleet === 'CLOSED' || this.#isByHand() ? state.kind : fleet;
    this.#shown = to;
    return from === to ? null : { ...change, from, to };
  }

  #isByHand(): boolean {
    const { state } = engineOf(this);
    return state.kind !== 'CLOSED' && state.tripped.reason === 'manual';
  }

  #openForMs(openings: number, error: unknown): number {
    const resetTimeout = this.#resetTimeout ?? engineOf(this).settings.resetTimeout;
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

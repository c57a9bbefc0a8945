/** Breakers in the words of gobreaker, with its very decisions. */
import { Context } from '../context.ts';
import { closeIn, holdOpen, listen } from '../control.ts';
import { CircuitBreakerOpenError } from '../errors.ts';
import { callWith, rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { asks } from '../predicate.ts';
import { aboveZero, notAFunction, read, refused } from '../read-options.ts';
import { statsOf, type CircuitBreakerStats } from '../stats.ts';
import { newTotals } from '../totals.ts';
import type { Counts, Ending } from './gobreaker-counts.ts';
import { Generations } from './gobreaker-generations.ts';
import {
  readGobreakerSettings,
  type GobreakerChanges,
  type GobreakerSettings,
} from './gobreaker-settings.ts';
import {
  sharedRegistry,
  type BreakerKey,
  type BreakerRegistry,
  type Listable,
} from './registry.ts';
import { stateWord, type StateWord } from './state-word.ts';

/** A breaker with gobreaker's rules; newCircuitBreaker makes it. */
export class Gobreaker implements Policy, Listable {
  #settings: GobreakerSettings;
  readonly #generations: Generations;
  readonly #registry: BreakerRegistry;
  readonly #key: BreakerKey;

  /** @throws BreakerOptionsError for an unknown setting or a value out of its range. */
  constructor(settings: GobreakerSettings, registry: BreakerRegistry) {
    const rules = readGobreakerSettings(settings);
    const { onStateChange } = rules;
    this.#settings = settings;
    this.#generations = new Generations(rules);
    this.#registry = registry;
    this.#key = { service: settings.name };
    if (onStateChange === null) return;
    listen(this.#generations.engine, 'stateChange', ({ name, from, to }) =>
      onStateChange(name, stateWord(from), stateWord(to)),
    );
  }

  get name(): string {
    return this.#settings.name;
  }

  /**
   * Calls fn, unless the breaker refuses.
   *
   * @param options.signal The caller's; a call that it aborts is excluded from the counts.
   * @throws CircuitBreakerOpenError if refused; the signal's reason; what fn throws.
   */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    this.#registry.keep(this.#key, this);
    if (typeof fn !== 'function') return rejected(notAFunction('fn', fn));
    const generations = this.#generations;
    const caller = Context.of(options);
    const source = Context.sourceOf(caller);
    if (source?.aborted === true) return rejected(source.reason);
    if (generations.engine.mode === 'disabled') return callWith(fn, caller);
    const ticket = generations.admit();
    if (ticket instanceof CircuitBreakerOpenError) return rejected(ticket);
    return callWith(fn, caller).then(
      (value) => {
        generations.end(ticket, 'success', undefined);
        return value;
      },
      (error: unknown) => {
        const how = source?.aborted === true ? 'excluded' : this.#endingOf(error);
        generations.end(ticket, how, error);
        throw error;
      },
    );
  }

  state(): StateWord {
    this.#generations.look();
    return stateWord(this.#generations.engine.state.kind);
  }

  /** A copy of the counts of the running generation. */
  counts(): Counts {
    return { ...this.#generations.counts };
  }

  /** As of every breaker; in CLOSED the rates are of the counts that readyToTrip is given. */
  getStats(): CircuitBreakerStats {
    const generations = this.#generations;
    const atMs = generations.look();
    const { engine, seen } = generations;
    return engine.state.kind === 'CLOSED' ? statsOf(engine, atMs, seen) : statsOf(engine, atMs);
  }

  /**
   * Opens, whatever was seen.
   *
   * @param options.forMs How long, in milliseconds, above 0; without it until close() or reset().
   * @throws BreakerOptionsError for another option or forMs.
   */
  open(options: { readonly forMs?: number | undefined } = {}): void {
    const { forMs } = read(options, 'the options of open', {
      forMs: aboveZero(Infinity, Number.NaN),
    });
    const atMs = this.#generations.look();
    holdOpen(this.#generations.engine, forMs, atMs, this.#generations.seen);
  }

  /** Closes with empty counts, and leaves the other modes. */
  close(): void {
    this.#closeIn('auto');
  }

  /** Stands aside until open(), close() or reset(): no refusal and no count. */
  disable(): void {
    this.#closeIn('disabled');
  }

  /** Counts, but never opens, until open(), close() or reset(). */
  metricsOnly(): void {
    this.#closeIn('metricsOnly');
  }

  /** Closed, with every count and total at zero. */
  reset(): void {
    this.#generations.engine.totals = newTotals();
    this.close();
  }

  /**
   * Goes on with other settings, in its state and with its counts.
   *
   * @throws BreakerOptionsError for an unknown setting, a value out of its range, or what it was made
   *   with for good; then nothing changes.
   */
  reconfigure(changes: GobreakerChanges): void {
    for (const fixed of ['name', 'clock', 'onStateChange']) {
      if (fixed in changes) throw refused('the changes', `without ${fixed}`, changes);
    }
    const settings = { ...this.#settings, ...changes };
    const rules = readGobreakerSettings(settings);
    this.#settings = settings;
    this.#generations.rules = rules;
    this.#generations.engine.settings = rules.settings;
  }

  #closeIn(mode: 'auto' | 'disabled' | 'metricsOnly'): void {
    closeIn(this.#generations.engine, mode, this.#generations.look());
  }

  #endingOf(error: unknown): Ending {
    const { isExcluded, isSuccessful } = this.#generations.rules;
    if (isExcluded !== null && asks(() => isExcluded(error), false)) return 'excluded';
    return isSuccessful !== null && asks(() => isSuccessful(error), false) ? 'success' : 'failure';
  }
}

/**
 * The breaker of settings.name; it is made where there is none, so its first settings stay.
 *
 * @throws BreakerOptionsError for an unknown setting, a value out of its range, and a name that
 *   another kind of breaker has.
 */
export function newCircuitBreaker(
  settings: GobreakerSettings,
  registry: BreakerRegistry = sharedRegistry(),
): Gobreaker {
  // Also of a name whose first settings stay: a mistyped setting must not pass unseen.
  readGobreakerSettings(settings);
  return registry.obtain(
    { service: settings.name },
    Gobreaker,
    () => new Gobreaker(settings, registry),
  );
}

/**
 * The breaker of a name with these settings: 3 probes, counts of 10 s, 30 s open; half of at least 5
 * requests failed trips.
 *
 * @throws BreakerOptionsError for a name that another kind of breaker has.
 */
export function newDefaultCircuitBreaker(
  name: string,
  registry: BreakerRegistry = sharedRegistry(),
): Gobreaker {
  return newCircuitBreaker(
    {
      name,
      maxRequests: 3,
      interval: 10_000,
      timeout: 30_000,
      readyToTrip: ({ requests, totalFailures }) =>
        requests >= 5 && totalFailures / requests >= 0.5,
    },
    registry,
  );
}

/** The two breakers of a service with a database and a cache. */
export class CircuitBreakerWrapper {
  readonly mongoBreaker: Gobreaker;
  readonly redisBreaker: Gobreaker;

  constructor(registry: BreakerRegistry = sharedRegistry()) {
    this.mongoBreaker = newDefaultCircuitBreaker('mongodb', registry);
    this.redisBreaker = newDefaultCircuitBreaker('redis', registry);
  }

  /** @throws As the breaker's execute. */
  executeWithBreaker<T>(
    breaker: Gobreaker,
    fn: Protected<T>,
    options?: ExecuteOptions,
  ): Promise<T> {
    return breaker.execute(fn, options);
  }
}

/** Whether a Gobreaker refused because it is open; gobreaker's ErrOpenState. */
export const isOpenStateError = (error: unknown): boolean =>
  error instanceof CircuitBreakerOpenError && error.state === 'OPEN';

/** Whether a Gobreaker refused because it is half-open and has no place; its ErrTooManyRequests. */
export const isTooManyRequestsError = (error: unknown): boolean =>
  error instanceof CircuitBreakerOpenError && error.state === 'HALF_OPEN';

/** Breakers in the words of gobreaker, with its very decisions. */
import { asPromise } from '../answer.ts';
import { track } from '../call.ts';
import { Context } from '../context.ts';
import { CircuitBreakerOpenError } from '../errors.ts';
import { settled, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { asks } from '../predicate.ts';
import { sharedRegistry, type BreakerKey, type BreakerRegistry } from './registry.ts';
import { failureRate } from '../verdict.ts';
import { statsOf, type CircuitBreakerStats } from '../stats.ts';
import { GobreakerEngine, type Counts } from './gobreaker-engine.ts';
import {
  readGobreakerSettings,
  type GobreakerRules,
  type GobreakerSettings,
} from './gobreaker-settings.ts';
import { stateWord, type StateWord } from './state-word.ts';

/** An error that counts as a success, on its way through the breaker. */
class Tolerated {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** A breaker with gobreaker's rules; newCircuitBreaker makes it. */
export class Gobreaker implements Policy {
  readonly #engine: GobreakerEngine;
  readonly #rules: GobreakerRules;
  readonly #registry: BreakerRegistry;
  readonly #key: BreakerKey;

  /** @throws BreakerOptionsError for an unknown setting or a value out of its range. */
  constructor(settings: GobreakerSettings, registry: BreakerRegistry) {
    const rules = readGobreakerSettings(settings);
    const { onStateChange } = rules;
    this.#rules = rules;
    this.#registry = registry;
    this.#key = { service: settings.name };
    this.#engine = new GobreakerEngine(rules.settings, rules.intervalMs, rules.readyToTrip);
    if (onStateChange !== null) {
      this.#engine
        .listen()
        .add('stateChange', ({ name, from, to }) =>
          onStateChange(name, stateWord(from), stateWord(to)),
        );
    }
  }

  get name(): string {
    return this.#engine.settings.name;
  }

  /**
   * Calls fn, unless the breaker refuses.
   *
   * @param options.signal The caller's; a call that it aborts is excluded from the counts.
   * @throws CircuitBreakerOpenError if refused; the signal's reason; what fn throws.
   */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    this.#registry.keep(this.#key, this);
    const caller = Context.of(options);
    const { isSuccessful } = this.#rules;
    if (isSuccessful === null) {
      return track(this.#engine, fn, caller, asPromise) as Promise<T>;
    }
    const tolerant: Protected<T | Tolerated> = (context) =>
      settled(fn, context).then(undefined, (error: unknown) => {
        const { isExcluded } = this.#rules;
        if (isExcluded !== null && asks(() => isExcluded(error), false)) throw error;
        if (!asks(() => isSuccessful(error), false)) throw error;
        return new Tolerated(error);
      });
    return (track(this.#engine, tolerant, caller, asPromise) as Promise<T | Tolerated>).then(
      (value) => {
        if (value instanceof Tolerated) throw value.error;
        return value;
      },
    );
  }

  state(): StateWord {
    return stateWord(this.#look());
  }

  /** A copy of the counts of the running generation. */
  counts(): Counts {
    return { ...this.#engine.counts };
  }

  /** As of every breaker; the rates are of the counts that readyToTrip is given. */
  getStats(): CircuitBreakerStats {
    const state = this.#look();
    const stats = statsOf(this.#engine, this.#engine.settings.clock());
    if (state !== 'CLOSED') return stats;
    const { totalSuccesses: successes, totalFailures: failures } = this.#engine.counts;
    const window = { requests: successes + failures, failures, successes, slow: 0 };
    return { ...stats, failureRate: failureRate(window), window };
  }

  #look() {
    this.#engine.look(this.#engine.settings.clock());
    return this.#engine.state.kind;
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
  executeWithBreaker<T>(breaker: Gobreaker, fn: Protected<T>): Promise<T> {
    return breaker.execute(fn);
  }
}

/** Whether a Gobreaker refused because it is open; gobreaker's ErrOpenState. */
export function isOpenStateError(error: unknown): boolean {
  return error instanceof CircuitBreakerOpenError && error.retryAfterMs !== null;
}

/** Whether a Gobreaker refused because it is half-open and has no place; its ErrTooManyRequests. */
export function isTooManyRequestsError(error: unknown): boolean {
  return error instanceof CircuitBreakerOpenError && error.retryAfterMs === null;
}

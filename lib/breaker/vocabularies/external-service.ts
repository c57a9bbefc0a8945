/** Breakers of external services, made by name, and the stats of all that are listed. */
import { CircuitBreaker } from '../circuit-breaker.ts';
import type { CallOptions } from '../call.ts';
import { BreakerOptionsError } from '../errors.ts';
import type { CircuitBreakerOptions, Fallback } from '../options.ts';
import type { Protected } from '../policy.ts';
import { notAFunction } from '../read-options.ts';
import type { CircuitBreakerStats } from '../stats.ts';
import type { TryResult } from '../try-result.ts';
import { sharedRegistry, type BreakerKey, type BreakerRegistry } from './registry.ts';

/** A breaker that is listed when it is used, so that importing one does nothing. */
export class ExternalServiceBreaker<F = never> extends CircuitBreaker<F> {
  readonly fallback: Fallback<F> | undefined;
  readonly #key: BreakerKey;
  readonly #registry: () => BreakerRegistry;

  /** @param fallback Answers failures and refusals; all else is as by default. */
  constructor(name: string, fallback?: Fallback<F>, registry = sharedRegistry) {
    const options: CircuitBreakerOptions<F> = fallback === undefined ? {} : { fallback };
    super({ name, ...options });
    this.fallback = fallback;
    this.#key = { service: name };
    this.#registry = registry;
  }

  override execute<T, Own = F>(fn: Protected<T>, options?: CallOptions<Own>): Promise<T | Own> {
    this.#registry().keep(this.#key, this);
    return super.execute(fn, options);
  }

  override tryExecute<T, Own = F>(
    fn: Protected<T>,
    options?: CallOptions<Own>,
  ): Promise<TryResult<T | Own>> {
    this.#registry().keep(this.#key, this);
    return super.tryExecute(fn, options);
  }
}

/**
 * A breaker with the default options, listed at once. Make it once per service, outside the handler.
 *
 * @param name 1 to 256 characters.
 * @param fallback Answers failures and refusals; without it they are thrown.
 * @returns The breaker of that name if it has this very fallback.
 * @throws BreakerOptionsError for a bad name, for a fallback that is no function, and for one whose
 *   breaker has another fallback: it would answer one caller with what another one's function knows.
 */
export function createExternalServiceCircuitBreaker<F = never>(
  name: string,
  fallback?: Fallback<F>,
  registry: BreakerRegistry = sharedRegistry(),
): CircuitBreaker<F> {
  if (fallback !== undefined && typeof fallback !== 'function') {
    throw notAFunction('the fallback', fallback);
  }
  const breaker = registry.obtain(
    { service: name },
    ExternalServiceBreaker,
    () => new ExternalServiceBreaker(name, fallback, () => registry),
  );
  if (breaker.fallback === fallback) return breaker;
  throw new BreakerOptionsError(
    `expected one fallback for the breaker ${name}, got a second one; create it once, outside the handler`,
  );
}

/** The stats of every listed breaker by its name; one made by `new CircuitBreaker` is not listed. */
export function getAllCircuitBreakerStats(
  registry: BreakerRegistry = sharedRegistry(),
): Record<string, CircuitBreakerStats> {
  return Object.fromEntries(registry.list().map(({ name, stats }) => [name, stats]));
}

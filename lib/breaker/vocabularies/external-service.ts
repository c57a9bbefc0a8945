/** Breakers of external services: preconfigured ones, made ones, and the stats of all that are listed. */
import { CircuitBreaker } from '../circuit-breaker.ts';
import { BreakerOptionsError } from '../errors.ts';
import type { CallContext, CircuitBreakerOptions } from '../options.ts';
import type { ExecuteOptions, Protected } from '../policy.ts';
import { sharedRegistry, type BreakerKey, type BreakerRegistry } from './registry.ts';
import type { CircuitBreakerStats } from '../stats.ts';
import type { TryResult } from '../try-result.ts';

type Fallback<F> = NonNullable<CircuitBreakerOptions<F>['fallback']>;

/** A breaker that is listed when it is used, so that importing one does nothing. */
class ExternalServiceBreaker<F = never> extends CircuitBreaker<F> {
  readonly fallback: Fallback<F> | undefined;
  readonly #key: BreakerKey;
  readonly #registry: () => BreakerRegistry;

  /** @param fallback Answers failures and refusals; all else is as by default. */
  constructor(name: string, fallback?: Fallback<F>, registry = sharedRegistry) {
    super({ name, ...(fallback === undefined ? {} : { fallback }) });
    this.fallback = fallback;
    this.#key = { service: name };
    this.#registry = registry;
  }

  override execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T | F> {
    this.#registry().keep(this.#key, this);
    return super.execute(fn, options);
  }

  override tryExecute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<TryResult<T | F>> {
    this.#registry().keep(this.#key, this);
    return super.tryExecute(fn, options);
  }
}

/** For payments: a refused one is told by its CircuitBreakerOpenError, and can be queued. */
export const stripeCircuitBreaker = /* @__PURE__ */ new ExternalServiceBreaker('stripe');

/** For weather, which nothing must wait for: where there is none it is null. */
export const weatherApiCircuitBreaker = /* @__PURE__ */ new ExternalServiceBreaker<null>(
  'weather-api',
  () => null,
);

/**
 * A breaker with the default options, listed at once. Make it once per service, outside the handler.
 *
 * @param name 1 to 256 characters.
 * @param fallback Answers failures and refusals; without it they are thrown.
 * @returns The breaker of that name if it has this very fallback.
 * @throws BreakerOptionsError for a bad name, and for one whose breaker has another fallback: it
 *   would answer one caller with what another one's function knows.
 */
export function createExternalServiceCircuitBreaker<F = never>(
  name: string,
  fallback?: (error: unknown, context: CallContext) => F | PromiseLike<F>,
  registry: BreakerRegistry = sharedRegistry(),
): CircuitBreaker<F> {
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

/** One service of breakers by name: by service and operation, or by the name of an action. */
import type { Protected } from '../policy.ts';
import { sharedRegistry, type BreakerKey, type BreakerRegistry } from './registry.ts';
import type { CircuitBreakerStats } from '../stats.ts';
import { readOperationConfig, type OperationConfig } from './operation-config.ts';
import { OpossumBreaker } from './opossum.ts';
import { readOpossumOptions, type OpossumOptions } from './opossum-options.ts';
import { SharedBreaker, type CallFallback } from './shared-breaker.ts';

type Action<A extends readonly unknown[], T> = (...args: A) => T | PromiseLike<T>;
type AnyBreaker = OpossumBreaker<readonly never[], unknown, unknown>;

/**
 * Finds or makes the breaker of every call. The first configuration of a breaker stays; functions
 * never pass from one caller to another.
 *
 * @example
 * const breakers = new CircuitBreakerService();
 * await breakers.execute('dynamodb', 'storeMessage', () => put(message), () => queue(message));
 */
export class CircuitBreakerService {
  readonly #registry: BreakerRegistry;
  /** The same action of the same name is the same breaker, and no action is kept for it. */
  readonly #ofActions = new WeakMap<SharedBreaker, WeakMap<object, AnyBreaker>>();

  constructor(registry: BreakerRegistry = sharedRegistry()) {
    this.#registry = registry;
  }

  /**
   * Calls fn through the breaker of an operation.
   *
   * @param fallback Answers failures and refusals; without it they are thrown.
   * @param config Read when the breaker is made: the preset of the service, if it has one, is the
   *   rest of it.
   * @throws BreakerOptionsError for a bad name or configuration; CircuitBreakerOpenError if refused;
   *   what fn throws; what the fallback throws, with the first error as its cause.
   */
  async execute<T, F = never>(
    service: string,
    operation: string,
    fn: Protected<T>,
    fallback?: CallFallback<F> | null,
    config: OperationConfig = {},
  ): Promise<T | F> {
    const key = { service, operation, tenant: config.tenant };
    const breaker = this.#registry.obtain(
      key,
      SharedBreaker,
      (name) => new SharedBreaker(readOperationConfig(name, service, config)),
    );
    return breaker.call(fn, fallback ?? null);
  }

  /**
   * @returns undefined where execute has made no breaker of this operation, or it was evicted.
   * @throws BreakerOptionsError for a bad name.
   */
  getCircuitBreakerStats(
    service: string,
    operation: string,
    tenant?: string,
  ): CircuitBreakerStats | undefined {
    return this.#registry.get({ service, operation, tenant })?.getStats();
  }

  /**
   * One action on the breaker of a name. Other actions of that name share its state, events and
   * stats, and neither the action nor its fallback.
   *
   * @throws BreakerOptionsError for a bad name or option.
   */
  getBreaker<T, A extends readonly unknown[]>(
    name: string,
    action: Action<A, T>,
    options?: OpossumOptions,
  ): OpossumBreaker<A, T>;
  /** With the type of the answer alone: what it is fired with is then not checked. */
  getBreaker<T>(
    name: string,
    action: Action<readonly never[], T>,
    options?: OpossumOptions,
  ): OpossumBreaker<readonly unknown[], T>;
  getBreaker<T>(
    name: string,
    action: Action<readonly never[], T>,
    options: OpossumOptions = {},
  ): unknown {
    const key = { service: name };
    const breaker = this.#ofName(key, options);
    const ofActions = this.#ofActions.get(breaker) ?? new WeakMap<object, AnyBreaker>();
    this.#ofActions.set(breaker, ofActions);
    const known = ofActions.get(action);
    if (known !== undefined) return known;
    const made = new OpossumBreaker({ breaker, key, registry: this.#registry }, action);
    ofActions.set(action, made);
    return made;
  }

  /**
   * Calls an action through the breaker of a name.
   *
   * @param fallback Answers failures and refusals; without it they are thrown.
   * @throws As execute; TimeoutError if the action had not settled in time.
   */
  async executeWithFallback<T, F = never>(
    name: string,
    action: Protected<T>,
    fallback?: CallFallback<F> | null,
    options: OpossumOptions = {},
  ): Promise<T | F> {
    return this.#ofName({ service: name }, options).call(action, fallback ?? null);
  }

  #ofName(key: BreakerKey, options: OpossumOptions): SharedBreaker {
    return this.#registry.obtain(
      key,
      SharedBreaker,
      () => new SharedBreaker(readOpossumOptions(key.service, options)),
    );
  }
}

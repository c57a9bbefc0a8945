/** One service of breakers by name: by service and operation, or by the name of an action. */
import type { Protected } from '../policy.ts';
import { notAFunction } from '../read-options.ts';
import type { CircuitBreakerStats } from '../stats.ts';
import {
  readOperationConfig,
  type OperationConfig,
  type ServicePresets,
} from './operation-config.ts';
import { OpossumBreaker, type Action } from './opossum.ts';
import { readOpossumOptions, type OpossumOptions } from './opossum-options.ts';
import { breakerName, sharedRegistry, type BreakerRegistry } from './registry.ts';
import { NamedBreaker, type CallFallback } from './named-breaker.ts';

type AnyBreaker = OpossumBreaker<readonly never[], unknown, unknown>;

/** What one call may be given. */
interface CallSignal {
  readonly signal?: AbortSignal | undefined;
}

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
  readonly #presets: ServicePresets;
  /** The same action of the same name is the same breaker, and no action is kept for it. */
  readonly #ofActions = new WeakMap<NamedBreaker, WeakMap<object, AnyBreaker>>();

  /** @param presets What stands for what a configuration leaves out, by service; none by default. */
  constructor(registry: BreakerRegistry = sharedRegistry(), presets: ServicePresets = {}) {
    this.#registry = registry;
    this.#presets = presets;
  }

  /**
   * Calls fn through the breaker of an operation.
   *
   * @param fallback Answers failures and refusals; without it they are thrown.
   * @param config Checked at every call, and in force when the breaker is made.
   * @param options.signal The caller's: its abort rejects the call at once with its reason.
   * @throws BreakerOptionsError for a bad name or configuration; CircuitBreakerOpenError if refused;
   *   what fn throws; or else what the fallback throws; the signal's reason.
   */
  async execute<T, F = never>(
    service: string,
    operation: string,
    fn: Protected<T>,
    fallback?: CallFallback<F> | null,
    config: OperationConfig = {},
    { signal }: CallSignal = {},
  ): Promise<T | F> {
    const key = { service, operation, tenant: config.tenant };
    const preset = Object.hasOwn(this.#presets, service) ? this.#presets[service] : {};
    const words = { ...preset, ...config };
    const meaningOf = (given: OperationConfig) => readOperationConfig(breakerName(key), given);
    // Also where the first configuration stays: a mistyped name must not pass unseen.
    meaningOf(words);
    const breaker = this.#registry.obtain(
      key,
      NamedBreaker,
      () => new NamedBreaker(key, words, meaningOf),
    );
    return breaker.call<T, F>(fn, { fallback: checked(fallback), signal });
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
   * @param options Checked at every call, and in force when the breaker is made.
   * @throws BreakerOptionsError for a bad name or option, and if action is no function.
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
    if (typeof action !== 'function') throw notAFunction('the action', action);
    const breaker = this.#ofName(name, options);
    const ofActions = this.#ofActions.get(breaker) ?? new WeakMap<object, AnyBreaker>();
    this.#ofActions.set(breaker, ofActions);
    const known = ofActions.get(action);
    if (known !== undefined) return known;
    const place = { breaker, key: { service: name }, registry: this.#registry };
    const made = new OpossumBreaker(place, action);
    ofActions.set(action, made);
    return made;
  }

  /**
   * Calls an action through the breaker of a name.
   *
   * @param fallback Answers failures and refusals; without it they are thrown.
   * @param signal The caller's: its abort rejects the call at once with its reason.
   * @throws As execute; TimeoutError if the action had not settled in time.
   */
  async executeWithFallback<T, F = never>(
    name: string,
    action: Protected<T>,
    fallback?: CallFallback<F> | null,
    options: OpossumOptions = {},
    { signal }: CallSignal = {},
  ): Promise<T | F> {
    const breaker = this.#ofName(name, options);
    return breaker.call<T, F>(action, { fallback: checked(fallback), signal });
  }

  #ofName(service: string, options: OpossumOptions): NamedBreaker {
    const meaningOf = (words: OpossumOptions) => readOpossumOptions(service, words);
    meaningOf(options);
    const key = { service };
    const make = () => new NamedBreaker(key, options, meaningOf);
    return this.#registry.obtain(key, NamedBreaker, make);
  }
}

/** @throws BreakerOptionsError for what is neither a function nor absent. */
function checked<F>(fallback: CallFallback<F> | null | undefined): CallFallback<F> | null {
  if (fallback === undefined || fallback === null) return null;
  if (typeof fallback === 'function') return fallback;
  throw notAFunction('the fallback', fallback);
}

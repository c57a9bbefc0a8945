/** One breaker whose calls bring their own function and their own fallback: they share its state alone. */
import { CircuitBreaker } from '../circuit-breaker.ts';
import type { BreakerListener } from '../events.ts';
import type { CircuitBreakerOptions } from '../options.ts';
import { settled, type Protected } from '../policy.ts';
import { asks } from '../predicate.ts';
import { refused } from '../read-options.ts';
import type { CircuitBreakerStats } from '../stats.ts';
import type { BreakerKey, Listable } from './registry.ts';
import type { Sharing, SharingBreaker } from './sharing.ts';

/** Answers failures and refusals, but not filtered errors. */
export type CallFallback<Answer> = (error: unknown) => Answer | PromiseLike<Answer>;

/** What words of a vocabulary mean here. */
export interface Meaning {
  readonly options: Omit<CircuitBreakerOptions, 'fallback'>;
  /** Whether an error counts as a success, although it is thrown; null: none does. */
  readonly tolerates: ((error: unknown, ...args: readonly unknown[]) => unknown) | null;
  /** null: the breaker is of this process alone. */
  readonly sharing: Sharing | null;
}

/** What a call brings along. */
export interface NamedCall<Answer> {
  /** null: failures and refusals are thrown. */
  readonly fallback: CallFallback<Answer> | null;
  readonly signal?: AbortSignal | undefined;
  /** The arguments of the call, for what is asked about its errors. */
  readonly args?: readonly unknown[];
}

/** An error that counts as a success, on its way through the breaker. */
class Tolerated {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** Kept by the registry; nothing of a caller stays in it but listeners. */
export class NamedBreaker implements Listable {
  readonly #breaker: CircuitBreaker | SharingBreaker;
  readonly #meaningOf: (words: object) => Meaning;
  #words: object;
  #meaning: Meaning;
  #calls = 0;

  /**
   * @param words As the vocabulary has them.
   * @throws BreakerOptionsError as meaningOf, as CircuitBreaker's constructor, and as the sharing.
   */
  constructor(key: BreakerKey, words: object, meaningOf: (words: object) => Meaning) {
    const meaning = meaningOf(words);
    const { options, sharing } = meaning;
    this.#breaker = sharing === null ? new CircuitBreaker(options) : sharing.breaker(key, options);
    this.#words = words;
    this.#meaningOf = meaningOf;
    this.#meaning = meaning;
  }

  /** Every call since it was made, also those that were refused or still run. */
  get calls(): number {
    return this.#calls;
  }

  /** @throws As CircuitBreaker's execute. */
  async call<T, Answer>(
    fn: Protected<T>,
    { fallback, signal, args = [] }: NamedCall<Answer>,
  ): Promise<T | Answer> {
    this.#calls += 1;
    const { tolerates } = this.#meaning;
    if (tolerates === null) return this.#breaker.execute<T, Answer>(fn, { fallback, signal });
    const tolerant: Protected<T | Tolerated> = (context) =>
      settled(fn, context).then(undefined, (error: unknown) => {
        if (!asks(() => tolerates(error, ...args), false)) throw error;
        return new Tolerated(error);
      });
    const value = await this.#breaker.execute<T | Tolerated, Answer>(tolerant, {
      fallback,
      signal,
    });
    if (value instanceof Tolerated) throw value.error;
    return value;
  }

  getStats(): CircuitBreakerStats {
    return this.#breaker.getStats();
  }

  open(options?: { readonly forMs?: number }): void {
    this.#breaker.open(options);
  }

  close(): void {
    this.#breaker.close();
  }

  disable(): void {
    this.#breaker.disable();
  }

  metricsOnly(): void {
    this.#breaker.metricsOnly();
  }

  reset(): void {
    this.#breaker.reset();
  }

  /** @returns What ends the subscription. */
  onStateChange(listener: BreakerListener<'stateChange'>): () => void {
    return this.#breaker.on('stateChange', listener);
  }

  /** In the words that it was made with; what is left out stays. */
  reconfigure(changes: object): void {
    const words = { ...this.#words, ...changes };
    const meaning = this.#meaningOf(words);
    if (meaning.sharing !== this.#meaning.sharing) {
      throw refused('the changes', 'without shared', changes);
    }
    this.#breaker.reconfigure(meaning.options);
    this.#words = words;
    this.#meaning = meaning;
  }

  async settled(): Promise<void> {
    if ('settled' in this.#breaker) await this.#breaker.settled();
  }
}

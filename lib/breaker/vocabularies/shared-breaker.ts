/** One breaker whose calls bring their own function and their own fallback: they share its state alone. */
import { CircuitBreaker } from '../circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../options.ts';
import { settled, type Protected } from '../policy.ts';
import { asks } from '../predicate.ts';

/** Answers failures and refusals, but not filtered errors. */
export type CallFallback<Answer> = (error: unknown) => Answer | PromiseLike<Answer>;

/** What words of a vocabulary mean here. */
export interface Meaning {
  readonly options: Omit<CircuitBreakerOptions, 'fallback'>;
  /** Whether an error counts as a success, although it is thrown; null: none does. */
  readonly tolerates: ((error: unknown, ...args: readonly unknown[]) => unknown) | null;
}

/** What a call brings along. */
export interface SharedCall<Answer> {
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
export class SharedBreaker extends CircuitBreaker {
  readonly #meaningOf: (words: object) => Meaning;
  #words: object;
  #tolerates: Meaning['tolerates'];
  #calls = 0;

  /**
   * @param words As the vocabulary has them.
   * @throws BreakerOptionsError as meaningOf and as CircuitBreaker's constructor.
   */
  constructor(words: object, meaningOf: (words: object) => Meaning) {
    const { options, tolerates } = meaningOf(words);
    super(options);
    this.#words = words;
    this.#meaningOf = meaningOf;
    this.#tolerates = tolerates;
  }

  /** Every call since it was made, also those that were refused or still run. */
  get calls(): number {
    return this.#calls;
  }

  /** @throws As CircuitBreaker's execute. */
  async call<T, Answer>(
    fn: Protected<T>,
    { fallback, signal, args = [] }: SharedCall<Answer>,
  ): Promise<T | Answer> {
    this.#calls += 1;
    const tolerates = this.#tolerates;
    if (tolerates === null) return this.execute<T, Answer>(fn, { fallback, signal });
    const tolerant: Protected<T | Tolerated> = (context) =>
      settled(fn, context).then(undefined, (error: unknown) => {
        if (!asks(() => tolerates(error, ...args), false)) throw error;
        return new Tolerated(error);
      });
    const value = await this.execute<T | Tolerated, Answer>(tolerant, { fallback, signal });
    if (value instanceof Tolerated) throw value.error;
    return value;
  }

  /** In the words that it was made with; what is left out stays. */
  override reconfigure(changes: object): void {
    const words = { ...this.#words, ...changes };
    const { options, tolerates } = this.#meaningOf(words);
    super.reconfigure(options);
    this.#words = words;
    this.#tolerates = tolerates;
  }
}

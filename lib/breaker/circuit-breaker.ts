/** The circuit breaker: the thin shell around the states, their rules and the clock. */
import { asData, asPromise } from './answer.ts';
import { run, type CallOptions } from './call.ts';
import { closeIn, holdOpen, listen, reconfigure } from './control.ts';
import { look, newEngine, type Engine } from './engine.ts';
import { removeListener, type BreakerEventName, type BreakerListener } from './events.ts';
import type { CircuitBreakerChanges, CircuitBreakerOptions } from './options.ts';
import type { Policy, Protected } from './policy.ts';
import { aboveZero, read, refused } from './read-options.ts';
import { load, save, type RestoreOptions, type SavedBreaker } from './saved.ts';
import { readOptions } from './settings.ts';
import { statsOf, type CircuitBreakerStats } from './stats.ts';
import { newTotals } from './totals.ts';
import type { TryResult } from './try-result.ts';
import { wrap } from './wrap.ts';

/** The engine of a breaker, for what this library builds on it: its class shows none. */
export let engineOf: (breaker: CircuitBreaker<unknown>) => Engine;

/**
 * Keeps calls away from a dependency that fails, and lets a few through to see when it is well.
 *
 * @example
 * const breaker = new CircuitBreaker({ name: 'weather', timeout: 2_000 });
 * const weather = await breaker.execute(({ signal }) => fetch(url, { signal }));
 */
export class CircuitBreaker<Fallback = never> implements Policy<Fallback> {
  declare readonly answers?: () => Fallback;
  readonly #engine: Engine;
  /** As they were given, for reconfigure() to change some of them. */
  #options: CircuitBreakerOptions<Fallback>;

  static {
    engineOf = (breaker) => breaker.#engine;
  }

  /** @throws BreakerOptionsError for an unknown option or a value out of its range. */
  constructor(options: CircuitBreakerOptions<Fallback> = {}) {
    this.#options = options;
    this.#engine = newEngine(readOptions(options));
  }

  get name(): string {
    return this.#engine.settings.name;
  }

  /**
   * Calls fn, unless the breaker refuses.
   *
   * @param fn Is given the call's own context.
   * @param options.signal The caller's; no listener stays on it.
   * @param options.fallback Answers this call in place of the breaker's own fallback; null: nothing.
   * @returns What fn, or else the fallback, resolves to.
   * @throws CircuitBreakerOpenError if refused; TimeoutError if fn had not settled in time; the
   *   signal's reason; what fn throws, or else what the fallback throws; BreakerOptionsError if fn is
   *   no function.
   */
  execute<T, Own = Fallback>(fn: Protected<T>, options?: CallOptions<Own>): Promise<T | Own> {
    return run(this.#engine, fn, options, asPromise) as Promise<T | Own>;
  }

  /**
   * As execute, with the outcome as data.
   *
   * @returns The value of fn or of the fallback, or why there is none; it never rejects.
   */
  tryExecute<T, Own = Fallback>(
    fn: Protected<T>,
    options?: CallOptions<Own>,
  ): Promise<TryResult<T | Own>> {
    return run(this.#engine, fn, options, asData) as Promise<TryResult<T | Own>>;
  }

  /**
   * Puts a function behind the breaker.
   *
   * @returns A function of the same signature, whose answer is a promise.
   * @throws BreakerOptionsError if fn is no function.
   */
  wrap<This, Args extends unknown[], T>(
    fn: (this: This, ...args: Args) => T,
  ): (this: This, ...args: Args) => Promise<Awaited<T> | Fallback> {
    return wrap(this, fn);
  }

  /** A snapshot; an OPEN whose time is up is HALF_OPEN to whoever looks. */
  getStats(): CircuitBreakerStats {
    return statsOf(this.#engine, look(this.#engine));
  }

  /**
   * Opens, whatever was seen, and leaves the other modes.
   *
   * @param options.forMs How long, in milliseconds, above 0; without it until close() or reset().
   * @throws BreakerOptionsError for another option or forMs.
   */
  open(options: { readonly forMs?: number | undefined } = {}): void {
    const { forMs } = read(options, 'the options of open', {
      forMs: aboveZero(Infinity, Number.NaN),
    });
    holdOpen(this.#engine, forMs);
  }

  /** Closes with empty counts, and leaves the other modes. */
  close(): void {
    closeIn(this.#engine, 'auto');
  }

  /** Stands aside until open(), close() or reset(): no refusal, time-out, fallback or count. */
  disable(): void {
    closeIn(this.#engine, 'disabled');
  }

  /** Counts, times out and falls back, but never opens, until open(), close() or reset(). */
  metricsOnly(): void {
    closeIn(this.#engine, 'metricsOnly');
  }

  /** Closed, with every count and total at zero. */
  reset(): void {
    this.#engine.totals = newTotals();
    closeIn(this.#engine, 'auto');
  }

  /**
   * Goes on with other options, in its state and with its counts; those of a window of another kind,
   * length or size begin anew. An OPEN ends when it would have.
   *
   * @param changes What is left out stays.
   * @throws BreakerOptionsError for an unknown option, a value out of its range, or a name or clock;
   *   then nothing changes.
   */
  reconfigure(changes: CircuitBreakerChanges<Fallback>): void {
    const { name, clock } = this.#options;
    const options = { ...this.#options, ...changes };
    const settings = readOptions(options);
    if (options.name !== name || options.clock !== clock) {
      throw refused('the changes', 'without a name and a clock', changes);
    }
    reconfigure(this.#engine, settings);
    this.#options = options;
  }

  /**
   * Subscribes to one event. Listeners are told at once, after the breaker has changed; what they
   * throw or return changes nothing, and what they do to the breaker is told after that.
   *
   * @returns What ends the subscription.
   * @throws BreakerOptionsError for a name that is no event, for a listener that is no function, and
   *   for a 101st one.
   */
  on<Name extends BreakerEventName>(name: Name, listener: BreakerListener<Name>): () => void {
    return listen(this.#engine, name, listener);
  }

  /** Ends a subscription of a listener; nothing where there is none. */
  off<Name extends BreakerEventName>(name: Name, listener: BreakerListener<Name>): void {
    const { listeners } = this.#engine;
    if (listeners === null) return;
    removeListener(listeners, (entry) => entry.name === name && entry.listener === listener);
  }

  /** What restore() takes: durations, no instants, and no permits in flight. */
  toJSON(): SavedBreaker {
    return save(this.#engine, look(this.#engine));
  }

  /**
   * Takes over what toJSON() has saved, with the time that has passed since. The counts of a window of
   * another kind, length or size are left out.
   *
   * @param options Without them it was saved now.
   * @returns This breaker.
   * @throws BreakerOptionsError for what toJSON() cannot have written, and for other options.
   */
  restore(saved: SavedBreaker, options: RestoreOptions = {}): this {
    load(this.#engine, saved, options, this.#engine.settings.clock());
    return this;
  }
}

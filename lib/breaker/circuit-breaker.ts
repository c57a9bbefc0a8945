/** The circuit breaker: the thin shell around the states, their rules and the clock. */
import { asData, asPromise } from './answer.ts';
import { track } from './call.ts';
import { Context } from './context.ts';
import { Engine } from './engine.ts';
import { BreakerOptionsError } from './errors.ts';
import type { BreakerEventName, BreakerListener } from './events.ts';
import { makeLane, makeTryLane } from './lane.ts';
import type { CircuitBreakerOptions } from './options.ts';
import { settled, type ExecuteOptions, type Policy, type Protected } from './policy.ts';
import { load, save, type SavedBreaker } from './saved.ts';
import { readOptions } from './settings.ts';
import { closed, open } from './state.ts';
import { statsOf, type CircuitBreakerStats } from './stats.ts';
import { Totals } from './totals.ts';
import type { TryResult } from './try-result.ts';

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

  /** @throws BreakerOptionsError for an unknown option or a value out of its range. */
  constructor(options: CircuitBreakerOptions<Fallback> = {}) {
    this.#engine = new Engine(readOptions(options));
  }

  get name(): string {
    return this.#engine.settings.name;
  }

  /**
   * Calls fn, unless the breaker refuses.
   *
   * @param fn Is given the call's own context.
   * @param options.signal The caller's; no listener stays on it.
   * @returns What fn, or else the fallback, resolves to.
   * @throws CircuitBreakerOpenError if refused; TimeoutError if fn had not settled in time; the
   *   signal's reason; what fn throws; what the fallback throws, with the first error as its cause.
   */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T | Fallback> {
    const engine = this.#engine;
    const context = Context.of(options);
    const lane = (engine.lane ??= makeLane(engine));
    if (lane === null || Context.mayAbort(context)) {
      return track(engine, fn, context, asPromise) as Promise<T | Fallback>;
    }
    return settled(fn, context).then(lane.onOk, lane.onBad) as Promise<T>;
  }

  /**
   * As execute, with the outcome as data.
   *
   * @returns The value of fn or of the fallback, or why there is none; it never rejects.
   */
  tryExecute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<TryResult<T | Fallback>> {
    const engine = this.#engine;
    const context = Context.of(options);
    const lane = (engine.tryLane ??= makeTryLane(engine));
    if (lane === null || Context.mayAbort(context)) {
      return track(engine, fn, context, asData) as Promise<TryResult<T | Fallback>>;
    }
    return settled(fn, context).then(lane.onOk, lane.onBad) as Promise<TryResult<T>>;
  }

  /** A snapshot; an OPEN whose time is up is HALF_OPEN to whoever looks. */
  getStats(): CircuitBreakerStats {
    const atMs = this.#look();
    return statsOf(this.#engine, atMs);
  }

  /**
   * Opens, whatever was seen, and leaves the other modes.
   *
   * @param options.forMs How long, in milliseconds, above 0; without it until close() or reset().
   * @throws BreakerOptionsError for another forMs.
   */
  open(options: { readonly forMs?: number | undefined } = {}): void {
    const { forMs = Infinity } = options;
    if (!(forMs > 0)) {
      throw new BreakerOptionsError(`expected forMs to be above 0, got ${String(forMs)}`);
    }
    const atMs = this.#look();
    const { state } = this.#engine;
    this.#engine.mode = 'auto';
    const openings = state.kind === 'CLOSED' ? 0 : state.openings;
    this.#engine.enter(open(openings, atMs + forMs), 'manual', atMs);
  }

  /** Closes with empty counts, and leaves the other modes; nothing if it is closed by itself. */
  close(): void {
    const atMs = this.#look();
    if (this.#engine.state.kind === 'CLOSED' && this.#engine.mode === 'auto') return;
    this.#closeIn('auto', atMs);
  }

  /** Stands aside until open(), close() or reset(): no refusal, time-out, fallback or count. */
  disable(): void {
    this.#closeIn('disabled', this.#look());
  }

  /** Counts, times out and falls back, but never opens, until open(), close() or reset(). */
  metricsOnly(): void {
    this.#closeIn('metricsOnly', this.#look());
  }

  /** Closed, with every count and total at zero. */
  reset(): void {
    const atMs = this.#look();
    this.#engine.totals = new Totals();
    this.#closeIn('auto', atMs);
  }

  /**
   * Subscribes to one event. Listeners are told at once, after the breaker has changed; what they
   * throw or return changes nothing, and what they do to the breaker is told after that.
   *
   * @returns What ends the subscription.
   * @throws BreakerOptionsError for a name that is no event, and for a 101st listener.
   */
  on<Name extends BreakerEventName>(name: Name, listener: BreakerListener<Name>): () => void {
    const unsubscribe = this.#engine.listen().add(name, listener);
    this.#engine.dropLanes();
    return unsubscribe;
  }

  /** What restore() takes: durations, no instants, and no permits in flight. */
  toJSON(): SavedBreaker {
    const atMs = this.#look();
    return save(this.#engine, atMs);
  }

  /**
   * Takes over what toJSON() has saved, as if it were saved now. The counts of a window of another
   * kind, length or size are left out.
   *
   * @returns This breaker.
   * @throws BreakerOptionsError for what toJSON() cannot have written.
   */
  restore(saved: SavedBreaker): this {
    load(this.#engine, saved, this.#engine.settings.clock());
    return this;
  }

  #look(): number {
    const atMs = this.#engine.settings.clock();
    this.#engine.look(atMs);
    return atMs;
  }

  #closeIn(mode: Engine['mode'], atMs: number): void {
    this.#engine.mode = mode;
    this.#engine.enter(closed(this.#engine.newWindow()), 'manual', atMs);
  }
}

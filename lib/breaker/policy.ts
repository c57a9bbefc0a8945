/** What a pipeline is made of, and how a policy calls what it protects. */
import { Context, Scope, type Follower } from './context.ts';
import { startTimer, stopTimer, type Timer } from './host.ts';
import type { CallContext } from './options.ts';
import { notAFunction } from './read-options.ts';

/** What one call may be given. */
export interface ExecuteOptions {
  /** Its abort rejects the call at once with its reason; the call then counts nowhere. */
  readonly signal?: AbortSignal | undefined;
  /** Which attempt of a retry around the call it is; a retry sets it. */
  readonly attempt?: number | undefined;
}

/** The function that a policy protects. */
export type Protected<T> = (context: CallContext) => T | PromiseLike<T>;

/**
 * Anything that calls a function in its own way. Inside a pipeline `options` is the context of the
 * policy around it; a policy of one's own gives fn its signal and its attempt.
 */
export interface Policy<Fallback = never> {
  /** Never there: it tells the compiler what the policy answers by itself. */
  readonly answers?: () => Fallback;
  /** @returns What fn, or else a fallback, resolves to. */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T | Fallback>;
}

/** How a call is watched: its time limit, and what becomes of its end. */
export interface Watch {
  /** In milliseconds; false: no limit. */
  readonly timeoutMs: number | false;
  /** Whether the process may end while the call runs. */
  readonly unref: boolean;
  /** What the call ends with when its time is up; its signal is aborted with it too. */
  timeUp(): Error;
  /** @returns What the call resolves to; what it throws is what the call rejects with. */
  ok(value: unknown): unknown;
  bad(error: unknown): unknown;
}

/**
 * A value, or what it promises, as a promise of this realm. A `then` of the promise's own, which
 * may throw or never call back, is passed by, as `await` does.
 */
function promiseOf<T>(value: T | PromiseLike<T>): Promise<T> {
  const promise = Promise.resolve(value);
  return promise.then === Promise.prototype.then ? promise : awaited(promise);
}

async function awaited<T>(promise: Promise<T>): Promise<T> {
  return await promise;
}

/** What fn makes, as a promise of this realm, also if fn throws or is no function. */
export function settled<T>(fn: Protected<T>, context: CallContext): Promise<T> {
  try {
    if (typeof fn !== 'function') throw notAFunction('fn', fn);
    return promiseOf(fn(context));
  } catch (error) {
    return Promise.reject(error);
  }
}

const SETTLED = Promise.resolve();

/**
 * A promise that rejects. One that is still pending when its caller awaits it does so at a third of
 * the cost of one that is born rejected, which Node first takes for unhandled.
 */
export function rejected(reason: unknown): Promise<never> {
  return new Promise((_resolve, reject) => {
    void SETTLED.then(() => reject(reason));
  });
}

/**
 * Calls fn. The abort of its caller keeps it from being called, or ends the call at once with its
 * reason, also where fn does not look at its signal.
 */
export function callWith<T>(fn: Protected<T>, caller: Context): Promise<T> {
  if (Context.sourceOf(caller) === null) return settled(fn, caller);
  return watched(fn, caller, AS_IT_IS) as Promise<T>;
}

const AS_IT_IS: Watch = {
  timeoutMs: false,
  unref: false,
  timeUp: () => new Error(),
  ok: (value) => value,
  bad(error) {
    throw error;
  },
};

/** The same under a watch; whatever ends the call first is its end. */
export function watched(fn: Protected<unknown>, caller: Context, watch: Watch): Promise<unknown> {
  if (watch.timeoutMs === false && Context.sourceOf(caller) === null) {
    return settled(fn, caller).then(
      (value) => watch.ok(value),
      (error: unknown) => watch.bad(error),
    );
  }
  return new Promise((resolve, reject) => {
    new Watched(caller, watch, resolve, reject).begin(fn);
  });
}

class Watched implements Follower {
  readonly #caller: Context;
  readonly #watch: Watch;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #scope: Scope | null;
  #timer: Timer | null = null;
  #isOver = false;

  constructor(
    caller: Context,
    watch: Watch,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#caller = caller;
    this.#watch = watch;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#scope = watch.timeoutMs === false ? null : new Scope();
  }

  begin(fn: Protected<unknown>): void {
    const caller = this.#caller;
    const watch = this.#watch;
    const source = Context.sourceOf(caller);
    if (source !== null) {
      if (source.aborted) return this.handleEvent();
      source.addEventListener('abort', this);
    }
    if (watch.timeoutMs !== false) {
      this.#timer = startTimer(() => this.#end(watch.timeUp()), watch.timeoutMs, watch.unref);
    }
    const context = this.#scope === null ? caller : new Context(caller.attempt, this.#scope);
    settled(fn, context).then(
      (value) => this.#settle(true, value),
      (error: unknown) => this.#settle(false, error),
    );
  }

  handleEvent(): void {
    this.#end(Context.sourceOf(this.#caller)?.reason);
  }

  #end(error: unknown): void {
    this.#settle(false, error);
    this.#scope?.abort(error);
  }

  #settle(isOk: boolean, outcome: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    stopTimer(this.#timer);
    Context.sourceOf(this.#caller)?.removeEventListener('abort', this);
    try {
      this.#resolve(isOk ? this.#watch.ok(outcome) : this.#watch.bad(outcome));
    } catch (error) {
      this.#reject(error);
    }
  }
}

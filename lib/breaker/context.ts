/** What one call is given: an AbortSignal that costs nothing until it is read, and its attempt. */
import type { CallContext } from './options.ts';
import { refused } from './read-options.ts';

/** What is told of an abort, once; the shape that AbortSignal calls back too. */
export interface Follower {
  readonly handleEvent: () => void;
}

/** What a context is made of. */
interface Given {
  readonly signal?: AbortSignal | null | undefined;
  readonly attempt?: number | undefined;
}

/** An abort that came before anybody read the signal. */
class Aborted {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** The abort of one call: who waits for it is told without a signal, which is made when it is read. */
export class Scope {
  #abort: AbortController | Aborted | null = null;
  #followers: Set<Follower> | null = null;

  get signal(): AbortSignal {
    if (this.#abort instanceof AbortController) return this.#abort.signal;
    const controller = new AbortController();
    if (this.#abort !== null) controller.abort(this.#abort.reason);
    this.#abort = controller;
    return controller.signal;
  }

  get aborted(): boolean {
    const abort = this.#abort;
    return abort instanceof AbortController ? abort.signal.aborted : abort !== null;
  }

  get reason(): unknown {
    const abort = this.#abort;
    return abort instanceof AbortController ? abort.signal.reason : abort?.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    if (this.#abort instanceof AbortController) this.#abort.abort(reason);
    else this.#abort = new Aborted(reason);
    for (const follower of this.#followers ?? []) follower.handleEvent();
    this.#followers = null;
  }

  addEventListener(_name: 'abort', follower: Follower): void {
    (this.#followers ??= new Set()).add(follower);
  }

  removeEventListener(_name: 'abort', follower: Follower): void {
    this.#followers?.delete(follower);
  }
}

/**
 * The context of one call. Whoever holds it as a policy asks through the static methods: fn, which
 * holds it too, could call any other.
 */
export class Context implements CallContext {
  readonly attempt: number;
  /** Where its abort comes from; null: from nowhere, and nobody has read its signal yet. */
  #source: AbortSignal | Scope | null;

  /**
   * @param attempt From 1.
   * @param source A caller's signal, or what a policy aborts; without it nobody aborts this call.
   */
  constructor(attempt = 1, source: AbortSignal | Scope | null = null) {
    this.attempt = attempt;
    this.#source = source;
  }

  get signal(): AbortSignal {
    const source = (this.#source ??= new AbortController().signal);
    return source instanceof Scope ? source.signal : source;
  }

  /**
   * @returns The context that a policy around this call made, or one with the caller's signal. A
   *   signal that cannot be read, or is none, has aborted the call with that error.
   */
  static of(options: Given | undefined): Context {
    if (options instanceof Context) return options;
    if (options === undefined) return new Context();
    try {
      return new Context(options.attempt, signalOf(options));
    } catch (error) {
      const scope = new Scope();
      scope.abort(error);
      return new Context(1, scope);
    }
  }

  /** The same call, tried again. */
  static again(context: Context, attempt: number): Context {
    return new Context(attempt, context.#source);
  }

  /** Whether somebody may abort it. */
  static mayAbort(context: Context): boolean {
    return context.#source !== null;
  }

  static isAborted(context: Context): boolean {
    return context.#source?.aborted === true;
  }

  static reason(context: Context): unknown {
    return context.#source?.reason;
  }

  /** Tells the follower of the abort; one that has come already is not told. */
  static follow(context: Context, follower: Follower): void {
    context.#source?.addEventListener('abort', follower);
  }

  static unfollow(context: Context, follower: Follower): void {
    context.#source?.removeEventListener('abort', follower);
  }
}

function signalOf({ signal = null }: Given): AbortSignal | null {
  if (signal === null || typeof signal.addEventListener === 'function') return signal;
  throw refused('signal', 'an AbortSignal', signal);
}

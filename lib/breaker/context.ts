/** What one call is given: an AbortSignal that costs nothing until it is read, and its attempt. */
import type { CallContext } from './options.ts';
import { refused } from './read-options.ts';

/** What is told of an abort, once; the shape that AbortSignal calls back too. */
export interface Follower {
  readonly handleEvent: () => void;
}

/** Where an abort may come from: the part of AbortSignal that policies use. */
interface Source {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(name: 'abort', follower: Follower): void;
  removeEventListener(name: 'abort', follower: Follower): void;
}

/** What a context is made of. */
interface Given {
  readonly signal?: AbortSignal | null | undefined;
  readonly attempt?: number | undefined;
}

/** The abort of one call: who waits for it is told without a signal, which is made when it is read. */
export class Scope implements Source {
  aborted = false;
  reason: unknown;
  #controller: AbortController | null = null;
  #followers: Set<Follower> | null = null;

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#controller?.abort(reason);
    for (const follower of this.#followers ?? []) follower.handleEvent();
  }

  addEventListener(_name: 'abort', follower: Follower): void {
    (this.#followers ??= new Set()).add(follower);
  }

  removeEventListener(_name: 'abort', follower: Follower): void {
    this.#followers?.delete(follower);
  }
}

/** The context of one call. */
export class Context implements CallContext {
  readonly attempt: number;
  /** null: nobody can abort it, and nobody has read its signal yet. */
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
      const { signal = null } = options;
      if (signal === null || typeof signal.addEventListener === 'function') {
        return new Context(options.attempt, signal);
      }
      throw refused('signal', 'an AbortSignal', signal);
    } catch (error) {
      const scope = new Scope();
      scope.abort(error);
      return new Context(1, scope);
    }
  }

  /** What may abort it, for policies alone: fn holds the context too, and could read a property. */
  static sourceOf(context: Context): AbortSignal | Scope | null {
    return context.#source;
  }
}

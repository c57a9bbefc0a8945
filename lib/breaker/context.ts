/** What one call is given: an AbortSignal that costs nothing until it is read. */
import type { CallContext } from './options.ts';

/** An abort that came before anybody read the signal. */
class Aborted {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** The context of one call. */
export class Context implements CallContext {
  #abort: AbortController | Aborted | null = null;

  get signal(): AbortSignal {
    if (this.#abort instanceof AbortController) return this.#abort.signal;
    const controller = new AbortController();
    if (this.#abort !== null) controller.abort(this.#abort.reason);
    this.#abort = controller;
    return controller.signal;
  }

  /** Not a method: fn could call it. */
  static abort(context: Context, reason: unknown): void {
    if (context.#abort === null) context.#abort = new Aborted(reason);
    else if (context.#abort instanceof AbortController) context.#abort.abort(reason);
  }
}

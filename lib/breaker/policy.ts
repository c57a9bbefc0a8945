/** What a pipeline is made of, and how a policy calls what it protects. */
import { asPromise } from './answer.ts';
import { Context, type Follower } from './context.ts';
import type { CallContext } from './options.ts';

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

/**
 * A value, or what it promises, as a promise of this realm. A `then` of the promise's own, which
 * may throw or never call back, is passed by, as `await` does.
 */
export function promiseOf<T>(value: T | PromiseLike<T>): Promise<T> {
  const promise = Promise.resolve(value);
  return promise.then === Promise.prototype.then ? promise : awaited(promise);
}

async function awaited<T>(promise: Promise<T>): Promise<T> {
  return await promise;
}

/** What fn makes, as a promise of this realm, also if fn throws. */
export function settled<T>(fn: Protected<T>, context: CallContext): Promise<T> {
  try {
    return promiseOf(fn(context));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A promise that rejects, and is pending while its caller begins to wait for it. */
export function rejected(error: unknown): Promise<never> {
  return asPromise.failed('failed', error) as Promise<never>;
}

/**
 * Calls fn. The abort of its context keeps it from being called, or ends the call at once with its
 * reason, also where fn does not look at its signal.
 */
export function callWith<T>(fn: Protected<T>, context: Context): Promise<T> {
  if (!Context.mayAbort(context)) return settled(fn, context);
  if (Context.isAborted(context)) return rejected(Context.reason(context));
  return new Promise((resolve, reject) => {
    const follower: Follower = {
      handleEvent: () => {
        Context.unfollow(context, follower);
        reject(Context.reason(context));
      },
    };
    Context.follow(context, follower);
    void settled(fn, context).then(
      (value) => {
        Context.unfollow(context, follower);
        return resolve(value);
      },
      (error: unknown) => {
        Context.unfollow(context, follower);
        return reject(error);
      },
    );
  });
}

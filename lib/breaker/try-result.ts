/** The outcome of a call as data. */

/** Why a call has no value. */
export type TryFailure = {
  readonly ok: false;
  /** Refused by the breaker; out of its time; ended by its caller's abort; or else failed (also filtered). */
  readonly reason: 'rejected' | 'timeout' | 'aborted' | 'failed';
  readonly error: unknown;
};

/** What tryExecute resolves to. */
export type TryResult<T> = { readonly ok: true; readonly value: T } | TryFailure;

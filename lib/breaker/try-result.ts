/** The outcome of a call as data. */

/** Why a call has no value. */
export type TryFailure = {
  readonly ok: false;
  /** Refused by the breaker, out of time, or failed (also filtered or aborted). */
  readonly reason: 'rejected' | 'timeout' | 'failed';
  readonly error: unknown;
};

/** What tryExecute resolves to. */
export type TryResult<T> = { readonly ok: true; readonly value: T } | TryFailure;

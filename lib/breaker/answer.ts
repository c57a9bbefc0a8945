/** How a call answers its caller: with a promise's two ways, or with data that never rejects. */
import type { TryFailure, TryResult } from './try-result.ts';

/** The two ways of a promise that is still open. */
export interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface Answer {
  /** What the promise resolves to for a value. */
  readonly value: (value: unknown) => unknown;
  /** Settles an open promise of a call that has no value. */
  readonly fail: (settle: Settle, reason: TryFailure['reason'], error: unknown) => void;
  /** The promise of a call that has no value and never had one. */
  readonly failed: (reason: TryFailure['reason'], error: unknown) => Promise<unknown>;
}

const SETTLED = Promise.resolve();

export const asPromise: Answer = {
  value: (value) => value,
  fail: ({ reject }, _reason, error) => reject(error),
  // A promise that is still pending when its caller awaits it rejects at a third of the cost of one
  // that is born rejected, which Node first takes for unhandled.
  failed: (_reason, error) =>
    new Promise((_resolve, reject) => {
      void SETTLED.then(() => reject(error));
    }),
};

export const asData: Answer = {
  value: (value): TryResult<unknown> => ({ ok: true, value }),
  fail: ({ resolve }, reason, error) => resolve({ ok: false, reason, error } satisfies TryFailure),
  failed: (reason, error) => Promise.resolve<TryFailure>({ ok: false, reason, error }),
};

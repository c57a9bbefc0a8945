/** How a call answers its caller: with a promise's two ways, or with data that never rejects. */
import { rejected } from './policy.ts';
import type { TryFailure, TryResult } from './try-result.ts';

export interface Answer {
  /** Where a breaker keeps the lane of such calls. */
  readonly lane: 'lane' | 'tryLane';
  /** What the call resolves to for a value. */
  readonly value: (value: unknown) => unknown;
  /** What a call that has no value ends with; it may throw. */
  readonly fail: (reason: TryFailure['reason'], error: unknown) => unknown;
  /** The promise of a call that never had a value. */
  readonly failed: (reason: TryFailure['reason'], error: unknown) => Promise<unknown>;
}

export const asPromise: Answer = {
  lane: 'lane',
  value: (value) => value,
  fail: (_reason, error) => {
    throw error;
  },
  failed: (_reason, error) => rejected(error),
};

export const asData: Answer = {
  lane: 'tryLane',
  value: (value): TryResult<unknown> => ({ ok: true, value }),
  fail: (reason, error): TryFailure => ({ ok: false, reason, error }),
  failed: async (reason, error) => asData.fail(reason, error),
};

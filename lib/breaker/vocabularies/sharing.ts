/** The port through which a vocabulary's breaker becomes one that a fleet shares. */
import type { CircuitBreaker } from '../circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../options.ts';
import { refused } from '../read-options.ts';
import type { BreakerKey } from './registry.ts';

/** How breakers are shared; `sharing({ store })` of `/shared` makes it, and one may serve many breakers. */
export interface Sharing {
  /**
   * Makes the breaker of a key in this process.
   *
   * @param options Those of its vocabulary.
   * @throws BreakerOptionsError for what a fleet cannot have, such as a window below a second.
   */
  breaker(key: BreakerKey, options: CircuitBreakerOptions): SharingBreaker;
}

/** A breaker that tells its fleet. */
export interface SharingBreaker extends CircuitBreaker {
  /** Resolves when what is being told has been told. */
  settled(): Promise<void>;
}

/** @throws BreakerOptionsError for what makes no breakers. */
export function checkedSharing(shared: unknown): Sharing | null {
  if (shared === null) return null;
  if (typeof (shared as Partial<Sharing>).breaker === 'function') return shared as Sharing;
  throw refused('shared', 'what sharing({ store }) makes', shared);
}

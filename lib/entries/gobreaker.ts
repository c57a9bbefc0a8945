/** The entry in the words of gobreaker, and of the retry beside it. */
export { BreakerOptionsError, CircuitBreakerOpenError, TimeoutError } from '../breaker/errors.ts';
export {
  CircuitBreakerWrapper,
  isOpenStateError,
  isTooManyRequestsError,
  newCircuitBreaker,
  newDefaultCircuitBreaker,
  type Gobreaker,
} from '../breaker/vocabularies/gobreaker.ts';
export type { Counts, ReadyToTrip } from '../breaker/vocabularies/gobreaker-counts.ts';
export type {
  GobreakerChanges,
  GobreakerSettings,
} from '../breaker/vocabularies/gobreaker-settings.ts';
export { retryWithBackoff, type RetryConfig } from '../breaker/vocabularies/retry-with-backoff.ts';
export { stateWord, type StateWord } from '../breaker/vocabularies/state-word.ts';
export { BreakerRegistry, sharedRegistry } from '../breaker/vocabularies/registry.ts';

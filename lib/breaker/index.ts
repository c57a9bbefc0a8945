/** The public entry of the breaker library. */
export {
  bulkhead,
  type Bulkhead,
  type BulkheadOptions,
  type BulkheadStats,
} from './companions/bulkhead.ts';
export { CircuitBreaker } from './circuit-breaker.ts';
export type { BreakerMode } from './engine.ts';
export {
  BreakerError,
  BreakerOptionsError,
  BulkheadFullError,
  CircuitBreakerOpenError,
  FailedResultError,
  RateLimitedError,
  TimeoutError,
  type BreakerErrorOptions,
} from './errors.ts';
export type {
  BreakerEventName,
  BreakerEvents,
  BreakerListener,
  CallEnded,
  ChangeReason,
} from './events.ts';
export { exponential, type ExponentialOptions } from './open-duration.ts';
export { DEFAULTS, type CallContext, type CircuitBreakerOptions } from './options.ts';
export { fallback } from './companions/fallback-policy.ts';
export { pipeline } from './companions/pipeline.ts';
export type { ExecuteOptions, Policy, Protected } from './policy.ts';
export {
  rateLimiter,
  type RateLimiterOptions,
  type WatchedBreaker,
} from './companions/rate-limiter.ts';
export { retry, type RetryEvent, type RetryOptions } from './companions/retry.ts';
export {
  retryBudget,
  type RetryBudget,
  type RetryBudgetOptions,
} from './companions/retry-budget.ts';
export {
  isRetryableAwsError,
  isRetryableMongoError,
  isRetryableRedisError,
} from './companions/retryable-clients.ts';
export { isNetworkError, isRetryableHttpError } from './companions/retryable.ts';
export type { SavedBreaker } from './saved.ts';
export { CircuitState } from './state.ts';
export type { CircuitBreakerStats } from './stats.ts';
export { timeout, type TimeoutOptions } from './companions/timeout.ts';
export { isTransient } from './companions/transient.ts';
export type { TryFailure, TryResult } from './try-result.ts';
export type { Trip } from './verdict.ts';
export {
  BreakerRegistry,
  breakerName,
  sharedRegistry,
  type BreakerKey,
  type Listable,
  type ListedBreaker,
} from './vocabularies/registry.ts';
export { CircuitBreakerService } from './vocabularies/circuit-breaker-service.ts';
export {
  createExternalServiceCircuitBreaker,
  getAllCircuitBreakerStats,
  stripeCircuitBreaker,
  weatherApiCircuitBreaker,
} from './vocabularies/external-service.ts';
export {
  CircuitBreakerWrapper,
  isOpenStateError,
  isTooManyRequestsError,
  newCircuitBreaker,
  newDefaultCircuitBreaker,
  type Gobreaker,
} from './vocabularies/gobreaker.ts';
export type { Counts, ReadyToTrip } from './vocabularies/gobreaker-engine.ts';
export type { GobreakerSettings } from './vocabularies/gobreaker-settings.ts';
export { SERVICE_PRESETS, type OperationConfig } from './vocabularies/operation-config.ts';
export type { OpossumBreaker, OpossumEvent, OpossumStats } from './vocabularies/opossum.ts';
export type { OpossumOptions } from './vocabularies/opossum-options.ts';
export { retryWithBackoff, type RetryConfig } from './vocabularies/retry-with-backoff.ts';
export { stateWord, type StateWord } from './vocabularies/state-word.ts';

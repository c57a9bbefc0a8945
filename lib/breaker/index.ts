/** The public entry of the breaker library: the breaker, what goes with it, and the registry. */
export { CircuitBreaker } from './circuit-breaker.ts';
export type { CallOptions } from './call.ts';
export type { BreakerMode } from './engine.ts';
export {
  BreakerError,
  BreakerOptionsError,
  BulkheadFullError,
  CircuitBreakerOpenError,
  FailedResultError,
  HedgeLostError,
  RateLimitedError,
  TimeoutError,
  type BreakerErrorOptions,
} from './errors.ts';
export type {
  BreakerEventName,
  BreakerEvents,
  BreakerListener,
  CallEnded,
  Change,
  ChangeReason,
} from './events.ts';
export { exponential, type ExponentialOptions } from './open-duration.ts';
export {
  DEFAULTS,
  type CallContext,
  type CircuitBreakerChanges,
  type CircuitBreakerOptions,
  type FailsOn,
  type Fallback,
  type ListenerErrorReport,
  type ResetTimeout,
} from './options.ts';
export type { ExecuteOptions, Policy, Protected } from './policy.ts';
export type { RestoreOptions, SavedBreaker } from './saved.ts';
export { CircuitState } from './state.ts';
export type { CircuitBreakerStats, ProbeStats, TrippedStats } from './stats.ts';
export type { TryFailure, TryResult } from './try-result.ts';
export type { Trip } from './verdict.ts';
export { wrap } from './wrap.ts';
export {
  bulkhead,
  type Bulkhead,
  type BulkheadChanges,
  type BulkheadOptions,
  type BulkheadStats,
} from './companions/bulkhead.ts';
export { fallback } from './companions/fallback-policy.ts';
export { hedge, type HedgeOptions } from './companions/hedge.ts';
export { openForRetryAfter, type OpenForOptions } from './companions/open-for.ts';
export { pipeline } from './companions/pipeline.ts';
export {
  rateLimiter,
  type RateLimiter,
  type RateLimiterChanges,
  type RateLimiterOptions,
  type RateLimiterStats,
  type WatchedBreaker,
} from './companions/rate-limiter.ts';
export { retry } from './companions/retry.ts';
export { retryAfterMs } from './companions/retry-after.ts';
export {
  retryBudget,
  type RetryBudget,
  type RetryBudgetOptions,
  type RetryBudgetStats,
} from './companions/retry-budget.ts';
export type {
  FailedAttempt,
  GiveUpEvent,
  RetryEvent,
  RetryOn,
  RetryOptions,
} from './companions/retry-options.ts';
export {
  isRetryableAwsError,
  isRetryableMongoError,
  isRetryableRedisError,
} from './companions/retryable-clients.ts';
export {
  isNetworkError,
  isRetryableHttpError,
  isRetryableResponse,
} from './companions/retryable.ts';
export { timeout, type TimeoutOptions } from './companions/timeout.ts';
export { isTransient } from './companions/transient.ts';
export {
  BreakerRegistry,
  breakerName,
  sharedRegistry,
  type BreakerKey,
  type Listable,
  type ListedBreaker,
} from './vocabularies/registry.ts';

/** The public entry of the breaker library. */
export { CircuitBreaker, type ExecuteOptions } from './circuit-breaker.ts';
export type { BreakerMode } from './engine.ts';
export {
  BreakerError,
  BreakerOptionsError,
  BulkheadFullError,
  CircuitBreakerOpenError,
  FailedResultError,
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
export type { SavedBreaker } from './saved.ts';
export { CircuitState } from './state.ts';
export type { CircuitBreakerStats } from './stats.ts';
export type { TryFailure, TryResult } from './try-result.ts';
export type { Trip } from './verdict.ts';

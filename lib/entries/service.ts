/** The entry of breakers by service: by operation, or made by name, and the stats of all. */
export { BreakerOptionsError, CircuitBreakerOpenError, TimeoutError } from '../breaker/errors.ts';
export { CircuitBreakerService } from '../breaker/vocabularies/circuit-breaker-service.ts';
export {
  createExternalServiceCircuitBreaker,
  getAllCircuitBreakerStats,
} from '../breaker/vocabularies/external-service.ts';
export type { OperationConfig, ServicePresets } from '../breaker/vocabularies/operation-config.ts';
export type { CallFallback } from '../breaker/vocabularies/named-breaker.ts';
export { BreakerRegistry, sharedRegistry } from '../breaker/vocabularies/registry.ts';
export type { Sharing } from '../breaker/vocabularies/sharing.ts';

/** The entry in the words of opossum: breakers by the name of an action. */
export { BreakerOptionsError, CircuitBreakerOpenError, TimeoutError } from '../breaker/errors.ts';
export { CircuitBreakerService } from '../breaker/vocabularies/circuit-breaker-service.ts';
export type {
  Action,
  FallbackArgs,
  OpossumBreaker,
  OpossumEvent,
  OpossumStats,
} from '../breaker/vocabularies/opossum.ts';
export type { OpossumOptions } from '../breaker/vocabularies/opossum-options.ts';
export type { CallFallback } from '../breaker/vocabularies/named-breaker.ts';
export { stateWord, type StateWord } from '../breaker/vocabularies/state-word.ts';
export { BreakerRegistry, sharedRegistry } from '../breaker/vocabularies/registry.ts';
export type { Sharing } from '../breaker/vocabularies/sharing.ts';

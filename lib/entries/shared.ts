/** The entry of the breaker that a fleet shares, with its store on DynamoDB. */
export { BreakerOptionsError, CircuitBreakerOpenError, TimeoutError } from '../breaker/errors.ts';
export type { FleetEvent } from '../shared/fleet-parts.ts';
export { FLEET_DEFAULTS, type FleetRules } from '../shared/fleet-rules.ts';
export type { FleetStatus } from '../shared/fleet-status.ts';
export type { BreakerStore, Demand, RowItem, RowWrite } from '../shared/row-write.ts';
export { SharedCircuitBreaker } from '../shared/shared-circuit-breaker.ts';
export { FleetOpenError } from '../shared/shared-errors.ts';
export type { SharedBreakerOptions } from '../shared/shared-options.ts';
export { sharing, type SharingOptions } from '../shared/sharing.ts';
export { isShared, type SharedBreakerStats } from '../shared/fleet-of.ts';
export { createDocumentClient } from '../store/dynamo-client.ts';
export { DynamoBreakerStore, dynamoBreakerStore } from '../store/dynamo-breaker-store.ts';
export type { Sharing } from '../breaker/vocabularies/sharing.ts';

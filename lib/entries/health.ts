/** The entry of health checks: the manager, the checks that come along, the handlers. */
export {
  createEnvVarHealthCheck,
  createHttpHealthCheck,
  createMemoryHealthCheck,
} from '../health/checks.ts';
export type {
  CheckOptions,
  HealthCheck,
  HealthCheckContext,
  HealthCheckResult,
} from '../health/check.ts';
export type {
  BreakerReport,
  CheckReport,
  HealthDocument,
  HealthStatus,
  LevelReport,
} from '../health/document.ts';
export { createDynamoDBHealthCheck } from '../health/dynamodb.ts';
export { HealthOptionsError } from '../health/errors.ts';
export {
  createHealthCheckHandler,
  type HealthAnswer,
  type HealthHandler,
  type HealthHandlers,
} from '../health/handler.ts';
export {
  HealthCheckManager,
  type HealthChange,
  type HealthManagerOptions,
  type ReadinessDocument,
} from '../health/manager.ts';

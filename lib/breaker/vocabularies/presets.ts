/** Breakers and configurations of well-known services, as their users have them. */
import { ExternalServiceBreaker } from './external-service.ts';
import type { ServicePresets } from './operation-config.ts';

/** For payments: a refused one is told by its CircuitBreakerOpenError, and can be queued. */
export const stripeCircuitBreaker = /* @__PURE__ */ new ExternalServiceBreaker('stripe');

/** For weather, which nothing must wait for: where there is none it is null. */
export const weatherApiCircuitBreaker = /* @__PURE__ */ new ExternalServiceBreaker<null>(
  'weather-api',
  () => null,
);

/** By the name of the service; for `new CircuitBreakerService(registry, SERVICE_PRESETS)`. */
export const SERVICE_PRESETS = {
  cognito: {
    failureThreshold: 3,
    recoveryTimeout: 30_000,
    expectedResponseTime: 2_000,
    monitoringWindow: 60_000,
    minimumRequestCount: 5,
  },
  'apigateway-management': {
    failureThreshold: 5,
    recoveryTimeout: 15_000,
    expectedResponseTime: 1_000,
    monitoringWindow: 30_000,
    minimumRequestCount: 3,
  },
  dynamodb: {
    failureThreshold: 3,
    recoveryTimeout: 20_000,
    expectedResponseTime: 500,
    monitoringWindow: 60_000,
    minimumRequestCount: 5,
  },
} as const satisfies ServicePresets;

/** The configuration of one operation of a service, and the presets of three services. */
import { LONGEST_TIMER_MS } from '../host.ts';
import { DEFAULTS, type CircuitBreakerOptions } from '../options.ts';
import { fields, integer, MOST, number } from '../read-options.ts';

/** All times are milliseconds. What is left out is as in the preset of the service, if it has one. */
export interface OperationConfig {
  /** Failures in a row that open, from 1; 5 by default. */
  readonly failureThreshold?: number;
  /** How long it stays open, from 0; 60,000 by default. */
  readonly recoveryTimeout?: number;
  /** A call that takes this long is marked slow, and no more; from 0; none by default. */
  readonly expectedResponseTime?: number;
  /** The time that failureRate and slowRate are of, from 1; 10,000 by default. */
  readonly monitoringWindow?: number;
  /** Requests below which it does not open, from 0; 10 by default. */
  readonly minimumRequestCount?: number;
  /** Gives each tenant a breaker of its own; 1 to 256 characters. */
  readonly tenant?: string;
}

const NAMES = [
  'failureThreshold',
  'recoveryTimeout',
  'expectedResponseTime',
  'monitoringWindow',
  'minimumRequestCount',
  'tenant',
] as const satisfies readonly (keyof OperationConfig)[];

/** By the name of the service. */
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
} as const satisfies Readonly<Record<string, OperationConfig>>;

/**
 * One probe at a time, and one success closes.
 *
 * @throws BreakerOptionsError for an unknown name (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readOperationConfig(
  name: string,
  service: string,
  config: OperationConfig,
): Omit<CircuitBreakerOptions, 'fallback'> {
  const given = fields(config, 'the configuration', NAMES);
  const input = Object.hasOwn(SERVICE_PRESETS, service)
    ? { ...SERVICE_PRESETS[service as keyof typeof SERVICE_PRESETS], ...given }
    : given;
  const most = Number.MAX_SAFE_INTEGER;
  return {
    name,
    trip: 'consecutive',
    failureThreshold: integer(
      input,
      'failureThreshold',
      1,
      MOST,
      DEFAULTS.failureThreshold.consecutive,
    ),
    minimumRequests: integer(input, 'minimumRequestCount', 0, MOST, DEFAULTS.minimumRequests),
    resetTimeout: number(input, 'recoveryTimeout', 0, most, DEFAULTS.resetTimeout),
    window: number(input, 'monitoringWindow', 1, most, DEFAULTS.window),
    timeout: false,
    halfOpen: { permitted: 1, successesToClose: 1 },
    ...(input['expectedResponseTime'] === undefined
      ? {}
      : {
          slowCall: {
            threshold: number(input, 'expectedResponseTime', 0, LONGEST_TIMER_MS),
            rate: false,
          },
        }),
  };
}

/** Checks of what every process has: its environment, its memory, the services that it calls. */
import type { CheckOptions, HealthCheck } from './check.ts';
import { HealthOptionsError } from './errors.ts';
import { processHost, type HealthHost } from './host.ts';

/**
 * Whether the environment has every variable that the service needs, with a value.
 *
 * @param names Names, which are shown if they are missing; values never are.
 * @throws HealthOptionsError where there are none.
 */
export function createEnvVarHealthCheck(
  names: readonly string[],
  options: CheckOptions & { readonly host?: HealthHost } = {},
): HealthCheck {
  const { host = processHost, ...rest } = options;
  if (!Array.isArray(names) || names.length === 0) {
    throw new HealthOptionsError('expected the names of one or more variables, got none');
  }
  return {
    name: 'environment-variables',
    check() {
      const { env } = host;
      const missing = names.filter((name) => (env[name] ?? '') === '');
      return missing.length === 0
        ? { healthy: true, message: 'All required variables present' }
        : { healthy: false, message: `Missing variables: ${missing.join(', ')}` };
    },
    ...rest,
  };
}

/**
 * Whether the process has taken less than a share of what it may take: of its Lambda function's memory,
 * its container's limit, or its machine's memory. It is not critical by default, since who takes such a
 * process away moves its load to the others.
 *
 * @param percent Above 0 and at most 100; 90 by default.
 * @throws HealthOptionsError for another percent.
 */
export function createMemoryHealthCheck(
  percent = 90,
  options: CheckOptions & { readonly host?: HealthHost } = {},
): HealthCheck {
  const { host = processHost, ...rest } = options;
  if (!(percent > 0 && percent <= 100)) {
    throw new HealthOptionsError(
      `expected percent to be above 0 and at most 100, got ${String(percent)}`,
    );
  }
  return {
    name: 'memory-usage',
    check() {
      const { usedBytes, limitBytes } = host.memory();
      const used = (usedBytes / limitBytes) * 100;
      return { healthy: used < percent, message: `Memory usage at ${used.toFixed(2)}%` };
    },
    critical: false,
    ...rest,
  };
}

/**
 * Whether a URL answers GET with 2xx. Redirects are not followed, and no body is read.
 *
 * @param name The check's name; the URL is not shown.
 * @param url http or https.
 * @throws HealthOptionsError for another URL.
 */
export function createHttpHealthCheck(
  name: string,
  url: string | URL,
  options: CheckOptions = {},
): HealthCheck {
  const target = URL.canParse(String(url)) ? new URL(url) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new HealthOptionsError(
      `expected the URL of the health check ${name} to be http or https`,
    );
  }
  return {
    name,
    async check({ signal }) {
      const response = await fetch(target, { signal, redirect: 'manual' });
      await response.body?.cancel();
      return { healthy: response.ok, message: `HTTP status ${response.status}` };
    },
    ...options,
  };
}

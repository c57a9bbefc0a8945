/** What the services need to be well, as health checks: put those of your own here, beside the registry. */
import { createHttpHealthCheck } from '../health/checks.ts';
import type { HealthCheck } from '../health/check.ts';
import { CLOUD_MAP, type UpstreamSettings } from './upstream-settings.ts';

/** How long the page of an API of your own may take, in milliseconds. */
const UPSTREAM_MS = 1_000;

/** Makes the checks. None is critical here: what fails lowers the level, which is there for that. */
export function createServiceChecks(settings: {
  /** The APIs that serve in place of the demo. */
  readonly upstream?: UpstreamSettings | undefined;
}): readonly HealthCheck[] {
  const { upstream } = settings;
  // Of several instances, the ones that are not well are left out by themselves.
  const { probeUrl } = upstream ?? {};
  if (probeUrl === undefined || probeUrl.protocol === CLOUD_MAP) return [];
  const optional = { critical: false, timeout: UPSTREAM_MS };
  return [createHttpHealthCheck('upstream', probeUrl, optional)];
}

/** What the health library refuses. */

/** A check or an option that cannot be understood. */
export class HealthOptionsError extends Error {
  override readonly name = 'HealthOptionsError';
  readonly code = 'HEALTH_OPTIONS_INVALID';
}

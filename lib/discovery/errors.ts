/** What discovery rejects with: one hierarchy, told apart by `code` or `instanceof`. */

/** The base of every error of discovery; `code` is literal and stable. */
abstract class DiscoveryError extends Error {
  abstract readonly code: string;
}

/** No instance can be called: none is registered, or none is healthy. Nothing was sent. */
export class NoInstanceError extends DiscoveryError {
  override readonly name = 'NoInstanceError';
  readonly code = 'NO_INSTANCE';
  constructor(service: string, namespace: string) {
    super(`expected a healthy instance of ${service} in ${namespace}, got none`);
  }
}

/** Cloud Map could not be asked, and nothing is known from before. */
export class LookUpError extends DiscoveryError {
  override readonly name = 'LookUpError';
  readonly code = 'LOOK_UP_FAILED';
  constructor(what: string, options: { readonly cause: unknown }) {
    super(`expected Cloud Map to tell of ${what}, but it did not answer`, options);
  }
}

/** An option that cannot be understood. */
export class DiscoveryOptionsError extends DiscoveryError {
  override readonly name = 'DiscoveryOptionsError';
  readonly code = 'DISCOVERY_OPTIONS_INVALID';
}

/** There is no service of that name to register with. */
export class UnknownServiceError extends DiscoveryError {
  override readonly name = 'UnknownServiceError';
  readonly code = 'UNKNOWN_SERVICE';
  constructor(service: string, namespaceId: string) {
    super(
      `expected a service ${service} in the namespace ${namespaceId}, got none; create it first (aws servicediscovery create-service)`,
    );
  }
}

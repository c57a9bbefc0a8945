/** What the upstream service is told: where its upstreams are, how long they may take, what serves in their place. */
import type { Policy } from '../level/policy.ts';
import type { FleetRules } from '../shared/fleet-rules.ts';

/** An answer that serves at level 2 and depends on nothing. */
export interface StaticAnswer {
  /** HTTP status, 200 to 599; below 400 it counts as a success. */
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/**
 * The last good answers of the full face serve: those that are anybody's, or, per caller, also those
 * that only who asked for them gets again.
 */
export type LastGoodUse = 'last-good' | 'last-good-per-caller';

/** Where the value of a header of the upstream's comes from: a parameter of SSM or a secret, by name or ARN. */
export type CredentialSource = {
  /** The header's name. */
  readonly header: string;
  /** What goes before the value, for example `Bearer `. */
  readonly prefix?: string | undefined;
} & ({ readonly ssm: string } | { readonly secret: string });

/** Where the faces are; each URL is http, https or `cloudmap://namespace/service/path`. */
export interface UpstreamSettings {
  readonly fullUrl: URL;
  readonly degraded: URL | StaticAnswer | LastGoodUse;
  /** Answers GET with 2xx while the degraded upstream is well; only where that is a URL. */
  readonly probeUrl?: URL | undefined;
  /** The same of the full upstream; absent: it has no probe. */
  readonly fullProbeUrl?: URL | undefined;
  /** How long one try may take, in milliseconds: 1 to LONGEST_TRY_MS. */
  readonly timeoutMs: number;
  /** Failed tries in a row that open the breaker of an environment. */
  readonly breakAfter: number;
  /** Whether the request's path is appended to the URLs; false, and at SERVICE_PATH, they are asked themselves. */
  readonly append: boolean;
  /** Whether a Location within the full or degraded URL becomes one of the caller's, or passes as it is. */
  readonly location: 'pass' | 'rewrite';
  /** Whether the upstream's CORS headers pass; else they are the front's to say. */
  readonly passCors: boolean;
  /** Headers that are added to what goes to the origin of fullUrl, and to no other. */
  readonly credentials: readonly CredentialSource[];
  /** Makes the breakers of the faces ones that all environments share; absent: each has its own. */
  readonly sharedBreaker?: SharedBreakerSettings | undefined;
}

/** The rows `BREAKER#scope#full` and `BREAKER#scope#degraded`. */
export interface SharedBreakerSettings {
  readonly scope: string;
  /** What the fleet has otherwise than the defaults. */
  readonly rules: Partial<FleetRules>;
}

/** The product's own route: there an upstream's URL is asked itself. */
export const SERVICE_PATH = '/service-api';

/** All tries of one request together, in milliseconds: below the 9 s that a face's function has. */
export const DEADLINE_MS = 8_000;

/** One try, in milliseconds: a try that the deadline ends is no failure to the breaker. */
export const LONGEST_TRY_MS = 7_000;

/** The protocol of a service whose instances AWS Cloud Map knows: `cloudmap://namespace/service/path`. */
export const CLOUD_MAP = 'cloudmap:';

/** How long one try may take where nothing else is said, in milliseconds. */
export const DEFAULT_TRY_MS = 2_500;

/** Failed tries in a row that open the breaker: as many as degrade the level. */
export function breakAfterOf({ judge, consecutiveErrors, errorsToDegrade }: Policy): number {
  return judge === 'rate' ? consecutiveErrors : errorsToDegrade;
}

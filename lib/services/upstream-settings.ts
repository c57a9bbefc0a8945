/** What the upstream service is told: where its upstreams are, and how long they may take. */

/** Where the faces are; each URL is http or https. */
export interface UpstreamSettings {
  readonly fullUrl: URL;
  readonly degradedUrl: URL;
  /** Answers GET with 2xx while the degraded upstream is well. */
  readonly probeUrl: URL;
  /** The same of the full upstream; absent: it has no probe. */
  readonly fullProbeUrl?: URL;
  /** How long one try may take, in milliseconds: 1 to LONGEST_TRY_MS. */
  readonly timeoutMs: number;
  /** Failed tries in a row that open the breaker of an environment. */
  readonly breakAfter: number;
}

/** All tries of one request together, in milliseconds: below the 9 s that a face's function has. */
export const DEADLINE_MS = 8_000;

/** One try, in milliseconds: a try that the deadline ends is no failure to the breaker. */
export const LONGEST_TRY_MS = 7_000;

/** The headers that an upstream knows this service by: read once, read again when they grow old. */
import { timeout } from '../breaker/index.ts';
import { isHeaderValue } from './upstream-headers.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import type { CredentialSource } from './upstream-settings.ts';

/** Values are read again after this time, in milliseconds. */
const REFRESH_MS = 5 * 60_000;

/** What the upstream refuses, or could not be read, is read again after this time, in milliseconds. */
const RETRY_MS = 30_000;

/** How long all of them may take, in milliseconds. */
const READ_MS = 2_000;

/** A credential could not be read, or is no value of a header. It never shows one. */
export class UpstreamCredentialError extends Error {
  override readonly name = 'UpstreamCredentialError';
  readonly code = 'UPSTREAM_CREDENTIAL';
  constructor(source: CredentialSource, got: string, options?: ErrorOptions) {
    const from = 'ssm' in source ? `parameter ${source.ssm}` : `secret ${source.secret}`;
    super(`expected ${from} to hold the value of ${source.header}, ${got}`, options);
  }
}

/** The credentials of one upstream. */
export interface Credentials {
  /**
   * By lower-case name; none where none are configured.
   *
   * @throws UpstreamCredentialError where one was never read; TimeoutError
   */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** The upstream does not know them: they may have been changed. */
  refused(): void;
}

/** Makes them; nothing is read before the first request. */
export function createCredentials(
  sources: readonly CredentialSource[],
  { readCredential, clock, telemetry }: UpstreamParts,
): Credentials {
  const inTime = timeout({ timeout: READ_MS });
  let values: Readonly<Record<string, string>> | undefined;
  let reading: Promise<Readonly<Record<string, string>>> | undefined;
  let readAtMs = 0;
  let dueAtMs = -Infinity;
  const readAll = async () => {
    const read = sources.map(async (source) => {
      const value = await readCredential(source).catch((cause: unknown) => {
        throw new UpstreamCredentialError(source, 'but it could not be read', { cause });
      });
      return [source.header.toLowerCase(), headerOf(source, value)] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  };
  const refresh = async () => {
    readAtMs = clock.nowMs();
    try {
      values = await inTime.execute(readAll);
      dueAtMs = readAtMs + REFRESH_MS;
      return values;
    } catch (error) {
      // Those that were good are more likely to be so still than none.
      if (values === undefined) throw error;
      telemetry.warn('upstream credentials not refreshed', { error });
      dueAtMs = readAtMs + RETRY_MS;
      return values;
    }
  };
  return {
    async headers() {
      if (sources.length === 0) return {};
      if (values !== undefined && clock.nowMs() < dueAtMs) return values;
      reading ??= refresh().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    refused() {
      dueAtMs = Math.min(dueAtMs, readAtMs + RETRY_MS);
    },
  };
}

/** A value that was pasted with its line's end is good without it. */
function headerOf(source: CredentialSource, value: string): string {
  const text = (source.prefix ?? '') + value.trim();
  if (value.trim() !== '' && isHeaderValue(text)) return text;
  throw new UpstreamCredentialError(source, 'but a header cannot hold what it has');
}

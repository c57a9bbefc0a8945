/** What a health check is, and what it may be. */
import { LONGEST_TIMER_MS } from '../breaker/host.ts';
import { nearest } from '../breaker/nearest.ts';
import { HealthOptionsError } from './errors.ts';

/** What one look showed. */
export interface HealthCheckResult {
  readonly healthy: boolean;
  /** For whoever asks; paths, addresses, tokens and values of the environment are taken out. */
  readonly message?: string | undefined;
}

/** What a check is told. */
export interface HealthCheckContext {
  /** Aborts when the check's time is up. */
  readonly signal: AbortSignal;
}

/** One thing that the service needs. */
export interface HealthCheck {
  /** 1 to 64 characters; its key in the document. */
  readonly name: string;
  /** Looks. One that throws, rejects or is not done in time shows that it is not healthy. */
  readonly check: (
    context: HealthCheckContext,
  ) => HealthCheckResult | PromiseLike<HealthCheckResult>;
  /** Whether the service is unhealthy without it (true, the default) or works with less. */
  readonly critical?: boolean | undefined;
  /** How long a look may take: 1 to 2,147,483,647 ms; 3,000 by default. */
  readonly timeout?: number | undefined;
  /** Whether the service takes no requests without it; as `critical` by default. */
  readonly readiness?: boolean | undefined;
}

/** A check with its defaults. */
export type CheckSettings = Readonly<
  Required<{ [Name in keyof HealthCheck]: Exclude<HealthCheck[Name], undefined> }>
>;

/** What one's own kind of check may be told apart from the rest, beside what it looks at. */
export type CheckOptions = Pick<HealthCheck, 'critical' | 'timeout' | 'readiness'>;

const LONGEST_NAME = 64;
const TIMEOUT_MS = 3_000;
const FIELDS: readonly string[] = ['name', 'check', 'critical', 'timeout', 'readiness'];

/**
 * Reads a check.
 *
 * @throws HealthOptionsError naming the field that cannot be understood.
 */
export function readCheck(given: HealthCheck): CheckSettings {
  const unknown = Object.keys(given).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    const meant = nearest(unknown.slice(0, 64), FIELDS);
    throw new HealthOptionsError(
      `expected a health check to have ${FIELDS.join(', ')}, got ${unknown}; did you mean ${meant}?`,
    );
  }
  const { name, check, critical = true, timeout = TIMEOUT_MS, readiness = critical } = given;
  const isName = typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME;
  if (!isName) throw refused('the name', `a string of 1 to ${LONGEST_NAME} characters`, name);
  const of = (field: string) => `${field} of the health check ${name}`;
  if (typeof check !== 'function') throw refused(of('check'), 'a function', check);
  for (const [field, flag] of Object.entries({ critical, readiness })) {
    if (typeof flag !== 'boolean') throw refused(of(field), 'true or false', flag);
  }
  if (!(timeout >= 1 && timeout <= LONGEST_TIMER_MS)) {
    throw refused(of('timeout'), 'milliseconds from 1 to 2,147,483,647', timeout);
  }
  return { name, check, critical, timeout, readiness };
}

function refused(what: string, expected: string, got: unknown): HealthOptionsError {
  const shown = typeof got === 'string' ? `'${got.slice(0, LONGEST_NAME)}'` : String(got);
  return new HealthOptionsError(`expected ${what} to be ${expected}, got ${shown}`);
}

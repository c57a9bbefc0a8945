/** What every answer of POST /service-api is held to: the words of docs/openapi.yaml, as checks. */
import { isLevel, type Level } from '../../lib/level/level.ts';

/** What kind of answer it was; outside means outside the contract. */
export const KINDS = ['full', 'degraded', 'maintenance', 'refused', 'error', 'outside'] as const;

/** One of the kinds of answer. */
export type Kind = (typeof KINDS)[number];

/** An answer as it arrived; header names as k6 writes them. Status 0: there was none. */
export interface Received {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What was asked for. */
export interface Asked {
  readonly error: boolean;
  /** Whether answers may come from a level that could not be read. */
  readonly allowFailOpen: boolean;
}

/** An answer held against the contract. */
export interface Judged {
  readonly kind: Kind;
  /** What X-Service-Level says; null where it says none. */
  readonly level: Level | null;
  /** Every check with its result, by the words it is reported in. */
  readonly checks: Readonly<Record<string, boolean>>;
}

/** The documented bodies, each with the levels that may give it. */
export const DOCUMENTED = {
  full: { body: { status: 200, level: 1, msg: 'Full Capacity' }, levels: [1] },
  degraded: { body: { status: 200, level: 2, msg: 'Degraded Mode' }, levels: [2] },
  maintenance: {
    body: { status: 503, message: 'Nivel 3: Sistema bajo mantenimiento, intente más tarde' },
    levels: [3],
  },
  // Refused for load, so nobody served it.
  refused: {
    body: {
      status: 503,
      message: 'too many requests at the same time; try again as Retry-After says',
    },
    levels: [null],
  },
  // Maintenance answers a request for an error like every other.
  error: { body: { status: 500, message: 'Internal Server Error' }, levels: [1, 2] },
} as const satisfies Readonly<
  Record<
    Exclude<Kind, 'outside'>,
    { body: Flat & { status: number }; levels: readonly (Level | null)[] }
  >
>;

type Flat = Readonly<Record<string, number | string>>;
type DocumentedKind = keyof typeof DOCUMENTED;

/** Holds an answer against the contract. */
export function judge(received: Received, asked: Asked): Judged {
  const { status, headers } = received;
  const kind = kindOf(received.body);
  const documented = kind === null ? null : DOCUMENTED[kind];
  const header = Number(headers['X-Service-Level']);
  const level = isLevel(header) ? header : null;
  const failOpen = headers['X-Service-Fail-Open'];
  const levels: readonly (Level | null)[] = documented?.levels ?? [];
  const checks = {
    'status is documented': status === 200 || status === 500 || status === 503,
    'body is a documented one, and agrees with the status': documented?.body.status === status,
    'content type is JSON': /^application\/json\b/.test(headers['Content-Type'] ?? ''),
    'X-Service-Level agrees with the body': levels.includes(level),
    'Retry-After is whole seconds with 503':
      status !== 503 || /^[1-9]\d*$/.test(headers['Retry-After'] ?? ''),
    'X-Service-Fail-Open only where it is allowed':
      failOpen === undefined || (failOpen === 'true' && asked.allowFailOpen),
    'fails when asked to, and only then':
      kind === 'maintenance' || kind === 'refused' || (kind === 'error') === asked.error,
  };
  const isInside = Object.values(checks).every(Boolean);
  return { kind: isInside && kind !== null ? kind : 'outside', level, checks };
}

function kindOf(text: string): DocumentedKind | null {
  const body = parseFlat(text);
  const kinds = Object.keys(DOCUMENTED) as DocumentedKind[];
  return kinds.find((kind) => body !== null && isSame(body, DOCUMENTED[kind].body)) ?? null;
}

function parseFlat(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The order of the keys is not part of the contract; that there are no others is. */
function isSame(body: Readonly<Record<string, unknown>>, documented: Flat): boolean {
  const entries = Object.entries(documented);
  return (
    Object.keys(body).length === entries.length &&
    entries.every(([key, value]) => body[key] === value)
  );
}

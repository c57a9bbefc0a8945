/** Reads traces as people have them: CSV, JSON Lines, and the logs of load balancers and web servers. */
import { TraceError, type TraceRow } from '../../lib/simulation/trace.ts';

/** A row, `none` for a line that counts for nothing (a 4xx is the client's), null for one that tells nothing. */
export type ReadLine = TraceRow | 'none' | null;

/** The columns that are understood, by what they tell; case, spaces, `_`, `-`, `$` and `@` do not matter. */
const COLUMNS = {
  time: [
    'time',
    'timestamp',
    'date',
    'datetime',
    'requesttimeepoch',
    'requesttime',
    'timelocal',
    'timeiso8601',
    'atms',
  ],
  outcome: [
    'outcome',
    'result',
    'status',
    'statuscode',
    'code',
    'httpstatus',
    'elbstatuscode',
    'targetstatuscode',
  ],
  failed: ['error', 'failed', 'iserror'],
  requests: ['requests', 'count', 'requestcount', 'invocations', 'samplecount'],
  errors: ['errors', '5xxerror', 'errorcount', 'httpcodetarget5xxcount', '5xx', 'faults'],
  ms: [
    'latency',
    'latencyms',
    'duration',
    'durationms',
    'ms',
    'responselatency',
    'integrationlatency',
    'responsetimems',
  ],
  seconds: [
    'latencys',
    'durations',
    'requesttimes',
    'targetprocessingtime',
    'upstreamresponsetime',
    'responsetimes',
  ],
} as const;

type Column = keyof typeof COLUMNS;

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const COLUMN_OF = new Map<string, Column>(
  Object.entries(COLUMNS).flatMap(([column, names]) =>
    names.map((name): [string, Column] => [name, column as Column]),
  ),
);

type Cells = Partial<Record<Column, unknown>>;

/**
 * Makes what reads the lines of one trace.
 *
 * @returns A function from a line to what it tells.
 * @throws TraceError, also from that function, naming the line.
 */
export function createLineReader(): (line: string, number: number) => ReadLine {
  let header: readonly string[] | null = null;
  return (line, number) => {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return null;
    if (text.startsWith('{'))
      return rowOf(cellsOf(Object.entries(parseJson(text, number))), number);
    const logged = loggedRow(text);
    if (logged !== null) return logged;
    const cells = splitCsv(text);
    if (header !== null) return rowOf(cellsOf(header.map((name, at) => [name, cells[at]])), number);
    header = cells.some((name) => COLUMN_OF.get(plain(name)) === 'time') ? cells : null;
    if (header !== null) return null;
    // Without a header the columns are those of the manual, in their order.
    header = ['time', 'outcome', 'latency'];
    return rowOf(cellsOf(header.map((name, at) => [name, cells[at]])), number);
  };
}

function cellsOf(entries: readonly (readonly [string, unknown])[]): Cells {
  const cells: Cells = {};
  for (const [name, value] of entries) {
    const column = COLUMN_OF.get(plain(name));
    if (column !== undefined) cells[column] ??= value;
  }
  return cells;
}

function rowOf(cells: Cells, number: number): ReadLine {
  const atMs = timeOf(cells.time, number);
  const ms = cells.ms ?? (cells.seconds === undefined ? undefined : Number(cells.seconds) * 1_000);
  const took = Number(ms) >= 0 && ms !== '' ? { ms: Number(ms) } : {};
  if (cells.requests !== undefined) {
    const [requests, errors] = [Number(cells.requests), Number(cells.errors ?? 0)];
    if (!(requests >= 0 && errors >= 0 && errors <= requests)) {
      throw new TraceError(
        `line ${number}: expected requests and errors among them, got ${requests} and ${errors}`,
      );
    }
    return requests === 0 ? 'none' : { atMs, requests, errors, overMs: PERIOD_MS, ...took };
  }
  const outcome = outcomeOf(cells, number);
  if (outcome === 'none') return 'none';
  return { atMs, requests: 1, errors: outcome === 'error' ? 1 : 0, overMs: 0, ...took };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** A line of counts is of one CloudWatch period of a minute. */
const PERIOD_MS = 60_000;

const OK = /^(ok|success|succeeded|true|pass|2\d\d|1\d\d|3\d\d)$/i;
const BAD = /^(error|fail|failed|failure|false|timeout|5\d\d|0|-)$/i;

function outcomeOf({ outcome, failed }: Cells, number: number): 'success' | 'error' | 'none' {
  if (outcome === undefined && failed !== undefined) {
    return /^(true|1|yes)$/i.test(textOf(failed)) ? 'error' : 'success';
  }
  const word = textOf(outcome).trim();
  if (OK.test(word)) return 'success';
  if (BAD.test(word)) return 'error';
  if (/^4\d\d$|^none$/i.test(word)) return 'none';
  throw new TraceError(
    `line ${number}: expected an outcome such as success, error or 503, got ${JSON.stringify(word.slice(0, 40))}`,
  );
}

/** Numbers below it are seconds. */
const FIRST_MS = 1e11;

function timeOf(value: unknown, number: number): number {
  const text = textOf(value).trim();
  const given = Number(text);
  if (text !== '' && Number.isFinite(given)) return given < FIRST_MS ? given * 1_000 : given;
  const atMs = Date.parse(isoOf(text));
  if (!Number.isNaN(atMs)) return atMs;
  throw new TraceError(
    `line ${number}: expected a time such as 2026-01-31T12:00:00Z or epoch seconds, got ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** CloudWatch writes times without a zone, which are UTC; web servers have the month's name. */
function isoOf(text: string): string {
  const web = /^(\d{2})\/(\w{3})\/(\d{4}):([\d:]{8}) ([+-]\d{4})$/.exec(text);
  if (web !== null) return `${web[2]} ${web[1]} ${web[3]} ${web[4]} GMT${web[5]}`;
  return /^\d{4}-\d\d-\d\d[ T][\d:.]+$/.test(text) ? `${text.replace(' ', 'T')}Z` : text;
}

/** Application Load Balancer: type, time, names, three times in seconds, status. */
const ALB =
  /^(?:https?|h2|grpcs|wss?) (\S+Z) \S+ \S+ \S+ (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (\d{3}|-) /;
/** Common and combined log format of web servers. */
const COMMON = /\[(\d{2}\/\w{3}\/\d{4}:[\d:]{8} [+-]\d{4})\] "[^"]*" (\d{3})\b/;

function loggedRow(text: string): ReadLine {
  const [, albTime, request, target, response, albStatus] = ALB.exec(text) ?? [];
  if (albTime !== undefined) {
    const parts = [request, target, response].map(Number);
    const took = parts.every((part) => part >= 0)
      ? parts.reduce((sum, part) => sum + part, 0)
      : undefined;
    return rowOf(
      { time: albTime, outcome: albStatus, ...(took !== undefined && { seconds: took }) },
      0,
    );
  }
  const [, time, status] = COMMON.exec(text) ?? [];
  return time === undefined ? null : rowOf({ time, outcome: status }, 0);
}

function parseJson(text: string, number: number): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new TraceError(`line ${number}: expected a JSON object, got ${text.slice(0, 40)}`);
  }
}

/** RFC 4180, one line: quotes may hold commas, and quotes twice. */
function splitCsv(text: string): string[] {
  const cells = text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(cells, ([, quoted, bare]) =>
    (quoted?.replaceAll('""', '"') ?? bare ?? '').trim(),
  );
}

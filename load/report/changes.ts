/** The changes of the level: as the log tells them, as the row does, and whether the two agree. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { isLevel } from '../../lib/level/level.ts';
import { HISTORY_LIMIT, type Change } from '../../lib/level/state.ts';

/** The scope that GET /circuit-breaker tells of. */
const SCOPE = 'default';
/** The messages of lib/telemetry/report-change.ts. */
const MESSAGES: ReadonlySet<unknown> = new Set(['level changed', 'epoch began']);

/** A new epoch as a line of the log tells it. */
export interface LoggedChange extends Omit<Change, 'at' | 'reason'> {
  readonly reason: string;
  /** When the line was written, in epoch milliseconds. */
  readonly atMs: number;
}

/** Reads a line of the server's log; null unless it tells of a new epoch of the default scope. */
export function parseLogLine(line: string): LoggedChange | null {
  // Nearly all lines are of requests.
  if (!line.includes('"epoch"')) return null;
  const fields = parseObject(line);
  if (fields === null || !MESSAGES.has(fields['message']) || fields['scope'] !== SCOPE) return null;
  const { epoch, from, to, reason, timestamp } = fields;
  if (typeof epoch !== 'number' || !isLevel(from) || !isLevel(to)) return null;
  return { epoch, from, to, reason: String(reason), atMs: Date.parse(String(timestamp)) };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What is read of a log. */
export interface ServerLog {
  /** The new epochs, in the order of the lines. */
  readonly changes: readonly LoggedChange[];
  /** How often which error was logged, by its message. */
  readonly errors: Readonly<Record<string, number>>;
}

/**
 * Reads a log.
 *
 * @param sinceMs Errors before it are not counted, in epoch milliseconds; epochs are all read.
 */
export async function readLog(file: string, sinceMs: number): Promise<ServerLog> {
  const changes: LoggedChange[] = [];
  const errors: Record<string, number> = {};
  const input = createReadStream(file, 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const change = parseLogLine(line);
    if (change !== null) changes.push(change);
    if (!line.includes('"level":"ERROR"')) continue;
    const fields = parseObject(line);
    const message = String(fields?.['message']);
    if (Date.parse(String(fields?.['timestamp'])) < sinceMs) continue;
    errors[message] = (errors[message] ?? 0) + 1;
  }
  return { changes, errors };
}

/** What a log is held against. */
export interface Row {
  /** The epoch before the run: the log must tell of all later ones. */
  readonly startEpoch: number;
  readonly finalEpoch: number;
  /** The row's history at the end, oldest first. */
  readonly history: readonly Change[];
  /** Every change that any poll saw in the history, in any order. */
  readonly seen: readonly Change[];
}

/**
 * Holds a log against the row: each epoch exactly once, in order, each from where the one before
 * led, the last eight as in the row's history, and all that polls ever saw of it.
 *
 * @returns What is wrong, in words; nothing if all agrees.
 */
export function checkLog(logged: readonly LoggedChange[], row: Row): string[] {
  const byEpoch = new Map(logged.map((change) => [change.epoch, change]));
  const told = new Map([...row.seen, ...row.history].map((change) => [change.epoch, change]));
  const disagreements = [...told.values()].flatMap((change) => {
    const line = byEpoch.get(change.epoch);
    if (line === undefined) return [];
    const [inLog, inRow] = [words(line), words(change)];
    return inLog === inRow ? [] : [`the log says ${inLog}, the row's history ${inRow}`];
  });
  return [...missing(logged, row), ...order(logged), ...historyGaps(row), ...disagreements];
}

/** The history must hold the last eight epochs, as far as they are of this run. */
function historyGaps({ startEpoch, finalEpoch, history }: Row): string[] {
  const first = Math.max(startEpoch, finalEpoch - HISTORY_LIMIT) + 1;
  const expected = Array.from({ length: finalEpoch - first + 1 }, (_, index) => first + index);
  const actual = history.map(({ epoch }) => epoch).filter((epoch) => epoch > startEpoch);
  const [want, got] = [expected.join(', ') || 'nothing', actual.join(', ') || 'nothing'];
  return want === got ? [] : [`the row's history must hold the epochs ${want}, it holds ${got}`];
}

function missing(logged: readonly LoggedChange[], row: Row): string[] {
  const counts = new Map<number, number>();
  for (const { epoch } of logged) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  const problems: string[] = [];
  for (let epoch = row.startEpoch + 1; epoch <= row.finalEpoch; epoch += 1) {
    if (!counts.has(epoch)) problems.push(`epoch ${epoch} is not in the log`);
  }
  for (const [epoch, count] of counts) {
    if (count > 1) problems.push(`epoch ${epoch} is in the log ${count} times`);
    if (epoch > row.finalEpoch) {
      problems.push(`epoch ${epoch} is in the log, the row ends at ${row.finalEpoch}`);
    }
  }
  return problems;
}

function order(logged: readonly LoggedChange[]): string[] {
  return logged.flatMap((change, index) => {
    const before = logged[index - 1];
    if (before === undefined) return [];
    if (change.epoch < before.epoch) {
      return [`epoch ${change.epoch} is in the log after epoch ${before.epoch}`];
    }
    return change.epoch === before.epoch + 1 && change.from !== before.to
      ? [
          `epoch ${before.epoch} led to level ${before.to}, epoch ${change.epoch} from ${change.from}`,
        ]
      : [];
  });
}

function words({ epoch, from, to, reason }: LoggedChange | Change): string {
  return `epoch ${epoch}: ${from} → ${to} (${reason})`;
}

/** `ctl history`: every change that was recorded, of a stage in its log group, of this machine in its data folder. */
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { changeKeyOf } from '../../events/level-events.ts';
import { systemClock } from '../../runtime/clock.ts';
import { readConfig, type Config } from '../../runtime/config.ts';
import { awsRegion } from '../aws-region.ts';
import { readChangeRecord } from '../change-record.ts';
import { UsageError } from './commands.ts';
import { durationMs } from './duration.ts';
import { changeSchema, formatChange, text } from './format.ts';
import { asJson } from './json.ts';

const HISTORY_HELP = `npm run ctl -- history [--stage dev [--region us-east-1]] [--scope NAME] [--since 30d] [--json]

Every change on record, oldest first: of a deployed stage those that its log group keeps (a year), with the
credentials of the AWS CLI; without --stage those of this machine, in DATA_DIR (the last 40,000 at least).
`;

/** Changes that are shown at most: the last ones. */
const MOST_SHOWN = 10_000;

const recordedSchema = v.object({ scope: text, ...changeSchema.entries });

/** A change with its scope. */
export type Recorded = v.InferOutput<typeof recordedSchema>;

/** What is asked for. */
export interface HistoryQuery {
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
  readonly scope?: string | undefined;
  /** Nothing before, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly json: boolean;
}

/**
 * Reads the arguments after `history`.
 *
 * @param nowMs Epoch milliseconds, for `--since`.
 * @returns null: help is asked for.
 * @throws UsageError
 */
export function readHistoryCommand(args: readonly string[], nowMs: number): HistoryQuery | null {
  const { help, since, ...query } = parse(args);
  if (help) return null;
  if (query.region !== undefined && query.stage === undefined) {
    throw new UsageError(`--region says where a stage is; give --stage too, got ${query.region}`);
  }
  const backMs = since === undefined ? Infinity : durationMs(since);
  if (backMs === null) {
    throw new UsageError(`--since must be a number with s, m, h or d such as 30d, got ${since}`);
  }
  return { ...query, sinceMs: nowMs - backMs };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        stage: { type: 'string' },
        region: { type: 'string' },
        scope: { type: 'string' },
        since: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Reads it, and says what to print.
 *
 * @throws UsageError; ConfigError; what the disk or CloudWatch throws.
 */
export async function runHistory(args: readonly string[]): Promise<string> {
  const query = readHistoryCommand(args, systemClock.nowMs());
  if (query === null) return HISTORY_HELP;
  const { stage, region, json } = query;
  const config = readConfig({
    ...(stage !== undefined && { STAGE: stage }),
    ...(region !== undefined && { AWS_REGION: region }),
  });
  const found =
    stage === undefined
      ? await readChangeRecord(config.dataDir, config.tableName)
      : await readLogGroup(config, query);
  const changes = changesIn(found, query);
  return json ? asJson(changes) : lines(changes);
}

/** Every change once, oldest first: it may have been written twice. */
export function changesIn(
  found: readonly unknown[],
  { scope, sinceMs }: Pick<HistoryQuery, 'scope' | 'sinceMs'>,
): readonly Recorded[] {
  const read = found.flatMap((each) => {
    const parsed = v.safeParse(recordedSchema, each);
    return parsed.success ? [parsed.output] : [];
  });
  const asked = read
    .filter((change) => scope === undefined || change.scope === scope)
    .filter(({ at }) => Date.parse(at) >= sinceMs);
  const once = new Map(asked.map((change) => [changeKeyOf(change), change]));
  const byTime = (a: Recorded, b: Recorded) =>
    Date.parse(a.at) - Date.parse(b.at) || a.epoch - b.epoch;
  return [...once.values()].toSorted(byTime).slice(-MOST_SHOWN);
}

const lines = (changes: readonly Recorded[]) =>
  changes.length === 0
    ? 'no change is on record'
    : changes.map((change) => `${change.scope}${formatChange(change)}`).join('\n');

/** The changes in the log group that EventBridge fills: a line of it is an event. */
async function readLogGroup(config: Config, { sinceMs }: HistoryQuery): Promise<unknown[]> {
  const { CloudWatchLogsClient, paginateFilterLogEvents } =
    await import('@aws-sdk/client-cloudwatch-logs');
  const client = new CloudWatchLogsClient({ region: await awsRegion(config.region) });
  const logGroupName = `/aws/events/resilient-service-${config.stage}-history`;
  const found: unknown[] = [];
  for await (const { events = [] } of paginateFilterLogEvents(
    { client },
    // What is told late has a later time than it had.
    { logGroupName, startTime: Math.max(0, sinceMs) },
  )) {
    found.push(...events.flatMap(({ message = '' }) => detailOf(message)));
    if (found.length > 2 * MOST_SHOWN) found.splice(0, found.length - MOST_SHOWN);
  }
  return found;
}

function detailOf(message: string): unknown[] {
  try {
    return [(JSON.parse(message) as { readonly detail?: unknown } | null)?.detail];
  } catch {
    return [];
  }
}

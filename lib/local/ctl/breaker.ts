/** `ctl breaker`: lists the breakers that fleets share in a table, holds them, and changes their rules. */
import { parseArgs } from 'node:util';
import { systemClock } from '../../runtime/clock.ts';
import { readConfig } from '../../runtime/config.ts';
import { breakerKeyOf, parseBreakerRow, partsOfKey } from '../../shared/breaker-row.ts';
import { describeBreaker, type FleetStatus } from '../../shared/fleet-status.ts';
import {
  FLEET_DEFAULTS,
  RULE_NAMES,
  rulesOver,
  type FleetRules,
} from '../../shared/fleet-rules.ts';
import { controlBreaker, rulesOfRow, type BreakerAct } from '../../store/breaker-control.ts';
import { DynamoBreakerStore } from '../../store/dynamo-breaker-store.ts';
import { createDocumentClient } from '../../store/dynamo-client.ts';
import { awsRegion } from '../aws-region.ts';
import { printable } from '../printable.ts';
import { UsageError } from './commands.ts';
import { durationMs } from './duration.ts';

const BREAKER_HELP = `npm run ctl -- breaker COMMAND --stage dev | --table NAME [--region us-east-1]

  list [--json]                            every breaker that a fleet shares, what it has counted, what it waits for
  open SERVICE/OPERATION[/TENANT] [--for 30m]
                                           refuses every call until then, or until it is released
  close SERVICE/OPERATION [--for 30m]      lets every call pass likewise; heals a malformed row
  release SERVICE/OPERATION                ends a hold: an open one is probed, a closed one goes by what is counted
  configure SERVICE/OPERATION NAME=VALUE ... | clear
                                           these rules otherwise than deployed (failureThreshold=0.25 ramp=5,50)
`;

/** What is asked of a table of breakers. */
export type BreakerCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'act'; readonly key: string; readonly act: BreakerAct };

/** Where the table is. */
export interface BreakerTable {
  readonly stage?: string | undefined;
  readonly table?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * Reads the arguments after `breaker`.
 *
 * @param nowMs Epoch milliseconds, for `--for`.
 * @throws UsageError
 */
export function readBreakerCommand(
  args: readonly string[],
  nowMs: number,
): { readonly command: BreakerCommand; readonly at: BreakerTable } {
  const { values, positionals } = parse(args);
  const { stage, table, region, json } = values;
  const at = { stage, table, region };
  const [name = 'help', target, ...rest] = positionals;
  if (values.help || name === 'help') return { command: { kind: 'help' }, at };
  if ((stage === undefined) === (table === undefined)) {
    throw new UsageError('breaker works on a table: give --stage or --table');
  }
  if (name === 'list') return { command: { kind: 'list', json }, at };
  const acts: Readonly<Record<string, () => BreakerAct>> = {
    open: () => hold('OPEN', values.for, nowMs),
    close: () => hold('CLOSED', values.for, nowMs),
    release: () => ({ kind: 'release' }),
    configure: () => ({ kind: 'configure', options: rulesFrom(rest) }),
  };
  const make = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (make === undefined) {
    throw new UsageError(
      `there is no breaker ${name}; there is list, ${Object.keys(acts).join(', ')}`,
    );
  }
  if (name !== 'configure' && rest.length > 0) {
    throw new UsageError(`breaker ${name} does not take ${rest.join(' ')}`);
  }
  return { command: { kind: 'act', key: keyFrom(name, target), act: make() }, at };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        stage: { type: 'string' },
        table: { type: 'string' },
        region: { type: 'string' },
        for: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function keyFrom(name: string, target: string | undefined): string {
  const [service = '', operation = '', tenant, ...more] = (target ?? '').split('/');
  if (service === '' || operation === '' || more.length > 0 || tenant === '') {
    throw new UsageError(
      `breaker ${name} takes SERVICE/OPERATION or SERVICE/OPERATION/TENANT, got ${target ?? 'nothing'}`,
    );
  }
  return breakerKeyOf(service, operation, tenant);
}

function hold(state: 'OPEN' | 'CLOSED', lasts: string | undefined, nowMs: number): BreakerAct {
  const lastsMs = lasts === undefined ? undefined : durationMs(lasts);
  if (lastsMs === null) {
    throw new UsageError(`--for must be a number with s, m, h or d such as 30m, got ${lasts}`);
  }
  const override = { state, ...(lastsMs !== undefined && { untilMs: nowMs + lastsMs }) };
  return { kind: 'hold', override };
}

function rulesFrom(words: readonly string[]): Partial<FleetRules> {
  if (words.length === 1 && words[0] === 'clear') return {};
  const pairs = words.map((word) => /^(\w+)=(.*)$/.exec(word));
  if (pairs.length === 0 || pairs.includes(null)) {
    throw new UsageError(
      `breaker configure takes NAME=VALUE ... or clear; the names are ${RULE_NAMES.join(', ')}`,
    );
  }
  const rules = Object.fromEntries(
    pairs.map((pair) => [pair?.[1] ?? '', valueOf(pair?.[1] ?? '', pair?.[2] ?? '')]),
  );
  try {
    rulesOver(FLEET_DEFAULTS, rules);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return rules;
}

function valueOf(name: string, text: string): unknown {
  if (name === 'ramp') return text === 'none' ? [] : text.split(',').map(Number);
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/**
 * Does it, and says what to print.
 *
 * @throws UsageError; ConfigError; what the table throws.
 */
export async function runBreaker(args: readonly string[]): Promise<string> {
  const nowMs = systemClock.nowMs();
  const { command, at } = readBreakerCommand(args, nowMs);
  if (command.kind === 'help') return BREAKER_HELP;
  const store = await openStore(at);
  if (command.kind === 'list') {
    const found = await listed(store, nowMs);
    return command.json ? JSON.stringify(found, null, 2) : lines(found);
  }
  const row = await controlBreaker(store, command.key, command.act, nowMs);
  return lines({ [nameOf(command.key)]: describeBreaker(row, rulesOfRow(row), nowMs) });
}

async function openStore({ stage, table: name, region }: BreakerTable) {
  const given = region === undefined ? {} : { AWS_REGION: region };
  const config = readConfig(stage === undefined ? given : { ...given, STAGE: stage });
  const client = createDocumentClient({ region: await awsRegion(config.region) });
  return new DynamoBreakerStore(client, name ?? config.tableName);
}

/** What stands for a row that cannot be understood. */
type Listed = FleetStatus | { readonly problem: string };

async function listed(
  store: DynamoBreakerStore,
  nowMs: number,
): Promise<Readonly<Record<string, Listed>>> {
  const items = await store.list();
  const entries = items.map((item): [string, Listed] => {
    const name = nameOf(String(item['PK']));
    try {
      const row = parseBreakerRow(item);
      return [name, describeBreaker(row, rulesOfRow(row), nowMs)];
    } catch (error) {
      return [name, { problem: error instanceof Error ? error.message : String(error) }];
    }
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)));
}

const nameOf = (key: string): string => printable(partsOfKey(key).join('/'));

function lines(found: Readonly<Record<string, Listed>>): string {
  const shown = Object.entries(found).map(([name, status]) => `${name}  ${lineOf(status)}`);
  return shown.length === 0 ? 'no breaker has a row: none has failed yet' : shown.join('\n');
}

function lineOf(status: Listed): string {
  if ('problem' in status) return `MALFORMED  ${printable(status.problem)}`;
  const { state, epoch, window: seen, override, nextTry, probes, passPercent } = status;
  const parts = [
    `${state}  epoch ${epoch}`,
    `${seen.failures} of ${seen.requests} failed in ${seen.environments} environments`,
    override &&
      `held ${override.state} ${override.until === null ? 'until released' : `until ${override.until}`}`,
    override === null && nextTry !== null && `tried from ${nextTry}`,
    probes &&
      `${probes.inFlight} of ${probes.permitted} probes, ${probes.successes} of ${probes.successesToClose} succeeded`,
    state === 'CLOSED' && passPercent < 100 && `ramp: ${passPercent} % pass`,
  ];
  return parts.filter(Boolean).join(', ');
}

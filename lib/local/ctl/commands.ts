/** The commands of the CLI: from words to a request of the control plane. */
import { parseArgs } from 'node:util';
import type { Policy } from '../../level/policy.ts';
import { POLICY_FIELDS } from '../../runtime/policy-schema.ts';
import type { ControlRequest } from './target.ts';

/** What the user asked for, and of whom. */
export interface Command {
  readonly name: 'help' | 'watch' | 'request';
  readonly request: ControlRequest;
  /** A stage's table; otherwise endpoint is a front. */
  readonly stage?: string;
  /** Where the stage is; otherwise the AWS configuration says so. */
  readonly region?: string;
  readonly endpoint: string;
  /** How often watch looks, in milliseconds. */
  readonly everyMs: number;
}

/** Words that make no command; the message is what is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

export const HELP = `npm run ctl -- COMMAND [--scope default] [--stage dev [--region us-east-1]]
                           [--endpoint http://127.0.0.1:3000]

  status                                   the level, what it takes to leave it, the last changes
  watch [--every 1]                        the status, then every change as it comes (seconds)
  pin LEVEL --reason WHY [--for 30m]       nothing counts, probes or ticks until it ends (s, m, h, d)
      [--until 2026-01-31T12:00:00Z]
  release                                  ends a pin; the level stays and moves by evidence
  policy NAME=VALUE ...                    these fields otherwise than deployed (ramp=5,25,50 or ramp=none)
  policy patch NAME=VALUE ...              as before but these; NAME=null takes one back
  policy clear                             the deployed policy
  reset [--reason WHY]                     back to level 1; heals a malformed row
  breaker ...                              the breakers that fleets share: breaker help

  --stage NAME works on the stage's table with the region and credentials of the AWS CLI, so it needs
  neither the API nor the functions; --endpoint URL asks a running front. On a stage that was deployed
  with another policy than classic, say so: POLICY=bank npm run ctl -- status --stage prod
`;

/** How many words a command takes after its name (0). */
const WORDS_AFTER: Readonly<Record<string, number>> = { pin: 1, policy: Infinity };

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads the arguments.
 *
 * @param nowMs Epoch milliseconds, for `--for`.
 * @throws UsageError
 */
export function readCommand(args: readonly string[], nowMs: number): Command {
  const { values, positionals } = parse(args);
  const [name = 'help', ...rest] = positionals;
  const { scope, reason, stage, region } = values;
  if (region !== undefined && stage === undefined) {
    throw new UsageError('--region says where a stage is; give --stage too');
  }
  const common = {
    endpoint: values.endpoint,
    everyMs: seconds(values.every) * 1_000,
    ...(stage !== undefined && { stage }),
    ...(region !== undefined && { region }),
  };
  const status = { method: 'GET', path: '/circuit-breaker', scope } as const;
  if (values.help || name === 'help') return { ...common, name: 'help', request: status };
  const override = { path: '/circuit-breaker/override', scope };
  const requests: Record<string, () => ControlRequest> = {
    status: () => status,
    watch: () => status,
    pin: () => ({ ...override, method: 'PUT', body: pinBody(rest, values, nowMs) }),
    release: () => ({ ...override, method: 'DELETE' }),
    policy: () => policyRequest(rest, scope),
    reset: () => ({
      method: 'POST',
      path: '/circuit-breaker/reset',
      scope,
      body: reason === undefined ? {} : { reason },
    }),
  };
  const build = Object.hasOwn(requests, name) ? requests[name] : undefined;
  if (build === undefined) {
    throw new UsageError(
      `there is no command ${name}; there is ${Object.keys(requests).join(', ')}`,
    );
  }
  refuseSurplus(name, rest);
  return { ...common, name: name === 'watch' ? 'watch' : 'request', request: build() };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        scope: { type: 'string', default: 'default' },
        stage: { type: 'string' },
        region: { type: 'string' },
        endpoint: { type: 'string', default: 'http://127.0.0.1:3000' },
        every: { type: 'string', default: '1' },
        reason: { type: 'string' },
        for: { type: 'string' },
        until: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** npm takes the options before `--` for its own, and leaves their values here. */
function refuseSurplus(name: string, rest: readonly string[]): void {
  const takes = WORDS_AFTER[name] ?? 0;
  if (rest.length <= takes) return;
  const surplus = rest.slice(takes).join(' ');
  throw new UsageError(
    `${name} does not take ${surplus}; with npm, all of it stands after --, for example: npm run ctl -- ${name} ...`,
  );
}

function pinBody(
  [level]: readonly string[],
  values: { readonly reason?: string; readonly for?: string; readonly until?: string },
  nowMs: number,
) {
  if (level === undefined || values.reason === undefined) {
    throw new UsageError(
      'pin takes a level and --reason, for example: npm run ctl -- pin 3 --reason "migration" --for 30m',
    );
  }
  if (!/^[123]$/.test(level)) throw new UsageError(`level must be 1, 2 or 3, got ${level}`);
  if (values.for !== undefined && values.until !== undefined) {
    throw new UsageError('pin takes --for or --until, got both');
  }
  const until = values.for === undefined ? values.until : untilAfter(values.for, nowMs);
  return { level: Number(level), reason: values.reason, ...(until !== undefined && { until }) };
}

function untilAfter(text: string, nowMs: number): string {
  return new Date(untilMsAfter(text, nowMs)).toISOString();
}

/** When what `--for` says is over, in epoch milliseconds. @throws UsageError */
export function untilMsAfter(text: string, nowMs: number): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(`--for must be a number with s, m, h or d such as 30m, got ${text}`);
  }
  return nowMs + Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

function policyRequest(words: readonly string[], scope: string): ControlRequest {
  const path = '/circuit-breaker/policy';
  if (words.length === 1 && words[0] === 'clear') return { method: 'PUT', path, scope, body: {} };
  const isPatch = words[0] === 'patch';
  const body = policyBody(isPatch ? words.slice(1) : words);
  return { method: isPatch ? 'PATCH' : 'PUT', path, scope, body };
}

function policyBody(words: readonly string[]): Record<string, unknown> {
  const pairs = words.map((word) => /^(\w+)=(.*)$/.exec(word));
  if (pairs.length === 0 || pairs.includes(null)) {
    throw new UsageError(
      'policy takes NAME=VALUE ..., for example: policy errorsToDegrade=3 ramp=5,25; or policy patch dwellMs=60000; or policy clear',
    );
  }
  const fields = pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? ''] as const);
  const names = fields.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`policy takes each field once, got ${twice} twice`);
  return Object.fromEntries(fields.map(([name, text]) => [name, policyValue(name, text)]));
}

/** As JSON has it; what is no value of its field the control plane refuses in its words. */
function policyValue(name: string, text: string): unknown {
  if (text === 'null') return null;
  const field = Object.hasOwn(POLICY_FIELDS, name) ? POLICY_FIELDS[name as keyof Policy] : null;
  if (field?.kind === 'words') return text;
  if (field?.kind === 'list') return text === 'none' ? [] : text.split(',').map(numberOr);
  return numberOr(text);
}

function numberOr(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 3_600) return value;
  throw new UsageError(`--every must be 0.1 to 3600 seconds, got ${text}`);
}

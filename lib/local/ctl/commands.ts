/** The commands of the CLI: from words to a request of the control plane. */
import {
  Argument,
  Command as Words,
  CommanderError,
  InvalidArgumentError,
  Option,
} from 'commander';
import type { Settings } from '../../runtime/settings.ts';
import { durationMs } from './duration.ts';
import { policyFields } from './policy-words.ts';
import type { ControlRequest } from './target.ts';

/** Where a command acts: on a stage's table, or through a front. */
export type Where =
  | { readonly kind: 'stage'; readonly stage: string; readonly region?: string }
  | { readonly kind: 'front'; readonly endpoint: string; readonly apiKey?: string };

/** What the user asked for, and of whom. */
export type Command =
  | { readonly name: 'help'; readonly text: string }
  | {
      readonly name: 'status' | 'watch' | 'change';
      readonly request: ControlRequest;
      readonly where: Where;
      /** Whether a program reads what is printed. */
      readonly json: boolean;
      /** How often watch looks, in milliseconds. */
      readonly everyMs: number;
    };

/** Words that make no command; the message is what is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** The options that say what is acted on, and how; none may get lost on the way here. */
const NEVER_LOST = ['stage', 'region', 'endpoint', 'scope', 'reason', 'for', 'until'] as const;

/** What of the environment has a say in a command. */
export const SURROUNDINGS: readonly string[] = [
  'PORT',
  'API_KEY',
  ...NEVER_LOST.map((name) => `npm_config_${name}`),
];

const AFTER = `
Without --stage it asks the front at http://127.0.0.1:PORT (3000). --stage works on the stage's table with
the region and credentials of the AWS CLI, so it needs neither the API nor the functions. On a stage that
was deployed with another policy than classic, say so: POLICY=bank npm run ctl -- status --stage prod

A front that has an API_KEY shows reasons and names to who has it too: set it here as well.

The breakers that fleets share have commands of their own: npm run ctl -- breaker help
Every change on record, a year back on a stage: npm run ctl -- history --help

With npm every option stands after --: npm run ctl -- status --stage prod`;

interface Given {
  readonly stage?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly scope?: string;
  readonly json?: boolean;
  readonly every?: number;
  readonly reason?: string;
  readonly for?: string;
  readonly until?: string;
}

/**
 * Reads the arguments.
 *
 * @param nowMs Epoch milliseconds, for `--for`.
 * @param surroundings What the environment says of SURROUNDINGS.
 * @throws UsageError
 */
export function readCommand(
  args: readonly string[],
  nowMs: number,
  surroundings: Settings = {},
): Command {
  refuseLost(args, surroundings);
  let read: Command | null = null;
  let text = '';
  const write = (part: string) => (text += part);
  const words = commands(nowMs, write, (name, request, spoken) => {
    const given = spoken.optsWithGlobals<Given>();
    const { scope, json = false, every = 1 } = given;
    const where = whereOf(given, surroundings);
    const asked = { ...request, ...(scope !== undefined && { scope }) };
    read = { name, request: asked, where, json, everyMs: every * 1_000 };
  });
  try {
    words.parse(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(told(error), { cause: error });
  }
  return read ?? { name: 'help', text };
}

type Take = (name: 'status' | 'watch' | 'change', request: ControlRequest, words: Words) => void;

function commands(nowMs: number, write: (text: string) => void, take: Take): Words {
  const root = new Words('npm run ctl --')
    .description('Reads and moves the levels of a service, here or on a deployed stage.')
    .exitOverride()
    // What is wrong is thrown.
    .configureOutput({ writeOut: write, writeErr: () => {} })
    .helpCommand(true)
    .addHelpText('after', AFTER);
  const status = { method: 'GET', path: '/circuit-breaker' } as const;
  command(
    root,
    'status',
    'the level of every scope, what it takes to leave it, the last changes',
  ).action((_given, words: Words) => take('status', status, words));
  command(root, 'watch', 'the status, then every change as it comes')
    .addOption(new Option('--every <seconds>', 'how often it looks').argParser(seconds).default(1))
    .action((_given, words: Words) => take('watch', status, words));
  pinCommands(root, nowMs, take);
  policyCommands(root, take);
  command(root, 'reset', 'back to level 1; heals a malformed row')
    .option('--reason <why>', 'what the log, the event and the history say', nonEmpty)
    .action((given: Given, words: Words) =>
      take(
        'change',
        { method: 'POST', path: '/circuit-breaker/reset', body: saidIn(given) },
        words,
      ),
    );
  return root;
}

function pinCommands(root: Words, nowMs: number, take: Take): void {
  const path = '/circuit-breaker/override';
  command(root, 'pin', 'nothing counts, probes or ticks until it ends')
    .addArgument(new Argument('<level>', 'the level that serves').choices(['1', '2', '3']))
    .requiredOption('--reason <why>', 'what the log, the event and the history say', nonEmpty)
    .addOption(new Option('--for <time>', 'such as 30m (s, m, h, d)').argParser(untilAfter(nowMs)))
    .addOption(
      new Option('--until <time>', 'such as 2026-01-31T12:00:00Z')
        .argParser(nonEmpty)
        .conflicts('for'),
    )
    .action((level: string, given: Given, words: Words) => {
      const until = given.for ?? given.until;
      const body = {
        level: Number(level),
        ...saidIn(given),
        ...(until !== undefined && { until }),
      };
      take('change', { method: 'PUT', path, body }, words);
    });
  command(root, 'release', 'ends a pin; the level stays and moves by evidence')
    .option('--reason <why>', 'what the log and the history say', nonEmpty)
    .action((given: Given, words: Words) => {
      const body = given.reason === undefined ? {} : { body: saidIn(given) };
      take('change', { method: 'DELETE', path, ...body }, words);
    });
}

function policyCommands(root: Words, take: Take): void {
  const path = '/circuit-breaker/policy';
  const fields = 'NAME=VALUE, such as ramp=5,25,50 or ramp=none';
  const policy = command(root, 'policy', 'these fields otherwise than deployed')
    .argument('<fields...>', fields, policyFields)
    .action((body: object, _given, words: Words) =>
      take('change', { method: 'PUT', path, body }, words),
    );
  command(policy, 'patch', 'as before but these; NAME=null takes one back')
    .argument('<fields...>', fields, policyFields)
    .action((body: object, _given, words: Words) =>
      take('change', { method: 'PATCH', path, body }, words),
    );
  command(policy, 'clear', 'the deployed policy').action((_given, words: Words) =>
    take('change', { method: 'PUT', path, body: {} }, words),
  );
}

/** A command with what says where it acts. */
function command(parent: Words, name: string, summary: string): Words {
  return parent
    .command(name)
    .description(summary)
    .addOption(new Option('--stage <name>', 'a deployed stage').argParser(nonEmpty))
    .addOption(
      new Option('--region <name>', 'where the stage is (that of the AWS CLI)').argParser(nonEmpty),
    )
    .addOption(
      new Option('--endpoint <url>', 'a front (http://127.0.0.1:PORT)')
        .argParser(nonEmpty)
        .conflicts(['stage', 'region']),
    )
    .addOption(
      new Option(
        '--scope <name>',
        'the scope (all of them to look at, default to change)',
      ).argParser(nonEmpty),
    )
    .option('--json', 'for a program to read');
}

const saidIn = ({ reason }: Given) => (reason === undefined ? {} : { reason });

function whereOf({ stage, region, endpoint }: Given, surroundings: Settings): Where {
  const { PORT: port = '3000', API_KEY: apiKey } = surroundings;
  const key = apiKey ? { apiKey } : {};
  if (stage !== undefined) return { kind: 'stage', stage, ...(region !== undefined && { region }) };
  if (region !== undefined) {
    throw new UsageError(
      `--region says where a stage is; give --stage too, got --region ${region}`,
    );
  }
  if (endpoint !== undefined) return { kind: 'front', endpoint, ...key };
  if (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535) {
    return { kind: 'front', endpoint: `http://127.0.0.1:${port}`, ...key };
  }
  throw new UsageError(`PORT must say where the front listens, or --endpoint; got PORT=${port}`);
}

/**
 * npm takes the options before `--` for its own, with their values or without, and tells of them in the
 * environment only: the command would act on the wrong target, or without its end.
 */
function refuseLost(args: readonly string[], surroundings: Settings): void {
  for (const name of NEVER_LOST) {
    const value = surroundings[`npm_config_${name}`];
    // A scope that begins with @ is one of packages.
    if (value === undefined || value === '' || (name === 'scope' && value.startsWith('@')))
      continue;
    throw new UsageError(
      `npm took --${name} for its own, and nothing was done; every option stands after --, for example: npm run ctl -- ${[...args, `--${name}`, value].join(' ')}`,
    );
  }
}

function told({ code, message }: CommanderError): string {
  const words = message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (code === 'commander.excessArguments') {
    return `${words} with npm every option stands after --: npm run ctl -- status --stage prod`;
  }
  const isUnknown = code === 'commander.unknownOption' && !words.includes('Did you mean');
  return isUnknown ? `${words}; npm run ctl -- --help lists them` : words;
}

function nonEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

const untilAfter = (nowMs: number) => (text: string) => {
  const lastsMs = durationMs(text);
  if (lastsMs === null) {
    throw new InvalidArgumentError('It must be a number with s, m, h or d such as 30m.');
  }
  return new Date(nowMs + lastsMs).toISOString();
};

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 3_600) return value;
  throw new InvalidArgumentError('It must be 0.1 to 3600 seconds.');
}

/** Reads and moves the level from a terminal, and watches it move. */
import * as v from 'valibot';
import { systemClock } from '../../runtime/clock.ts';
import { ConfigError, readSettings } from '../../runtime/settings.ts';
import { rootName } from '../errors.ts';
import { printable, printableLines } from '../printable.ts';
import { runBreaker } from './breaker.ts';
import { readCommand, SURROUNDINGS, UsageError, type Command, type Where } from './commands.ts';
import { formatDone, formatStatus, parseScopes, parseStatus } from './format.ts';
import { runHistory } from './history.ts';
import { asJson } from './json.ts';
import { httpTarget, stageTarget, type ControlRequest, type ControlTarget } from './target.ts';
import { watch } from './watch.ts';

/** An answer of the control plane that is no status. */
class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code = 'CONTROL_REFUSED';
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** In characters of a message, which may show what was typed. */
const MOST_SHOWN = 1_000;

const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  let where: string | null = null;
  try {
    const [first, ...rest] = process.argv.slice(2);
    if (first === 'breaker') {
      where = 'the table of breakers';
      print(await runBreaker(rest));
      return;
    }
    if (first === 'history') {
      where = 'the record of changes';
      print(await runHistory(rest));
      return;
    }
    const text = v.optional(v.string());
    const entries = Object.fromEntries(SURROUNDINGS.map((name) => [name, text]));
    const command = readCommand(process.argv.slice(2), systemClock.nowMs(), readSettings(entries));
    if (command.name === 'help') {
      print(command.text);
      return;
    }
    where = wordsFor(command.where);
    const target = await targetOf(command.where);
    where = target.name;
    await run(target, command);
  } catch (error) {
    process.stderr.write(`${where === null ? '' : `${where}: `}${describe(error)}\n`);
    process.exitCode = 1;
  }
}

function wordsFor(where: Where): string {
  return where.kind === 'stage' ? `stage ${where.stage}` : where.endpoint;
}

async function targetOf(where: Where): Promise<ControlTarget> {
  return where.kind === 'stage'
    ? stageTarget(where.stage, where.region)
    : httpTarget(where.endpoint, where.apiKey);
}

type Request = Extract<Command, { readonly request: ControlRequest }>;

async function run(target: ControlTarget, command: Request): Promise<void> {
  const { name, request, json } = command;
  if (name === 'watch') {
    const look = () => ask(target, request);
    await watch({ target, look, print, describe, ...command, isFinal });
    return;
  }
  if (name === 'change' && !json) print(`on ${target.description}`);
  const body = await ask(target, request);
  if (json) print(asJson({ target: target.facts, answer: body }));
  else if (name === 'change') printDone(target, body);
  else printStatus(target, body);
}

function printStatus(target: ControlTarget, body: unknown): void {
  const nowMs = systemClock.nowMs();
  const scopes = parseScopes(body).map((scope) => `${target.name}: ${formatStatus(scope, nowMs)}`);
  print([target.description, ...scopes].join('\n'));
}

function printDone({ name }: ControlTarget, body: unknown): void {
  const status = parseStatus(body);
  print(`${name}: ${formatDone(status)}`);
  print(`${name}: ${formatStatus(status, systemClock.nowMs())}`);
}

async function ask(target: ControlTarget, request: ControlRequest): Promise<unknown> {
  const { statusCode, body } = await target.send(request);
  if (statusCode === 200) return body;
  const message = (body as { readonly message?: unknown } | null)?.message;
  throw new ControlError(
    statusCode,
    typeof message === 'string'
      ? printable(message)
      : `expected a status, the control plane answered ${statusCode}`,
  );
}

/** Whether no later try can do what a command asks. */
function isFinal(error: unknown): boolean {
  return error instanceof ControlError && error.statusCode < 500;
}

function describe(error: unknown): string {
  if (
    error instanceof UsageError ||
    error instanceof ConfigError ||
    error instanceof ControlError
  ) {
    return printableLines(error.message, MOST_SHOWN);
  }
  return `no status from there (${printable(rootName(error))}): is it running?`;
}

await main();

/** Reads and moves the level from a terminal, and watches it move. */
import { setTimeout as pause } from 'node:timers/promises';
import { HISTORY_LIMIT } from '../../level/state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/config.ts';
import { rootName } from '../errors.ts';
import { printable, printableLines } from '../printable.ts';
import { HELP, readCommand, UsageError, type Command } from './commands.ts';
import { formatChange, formatStatus, parseStatus, type Status } from './format.ts';
import { httpTarget, stageTarget, type ControlTarget } from './target.ts';

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
  let where = 'there';
  try {
    const command = readCommand(process.argv.slice(2), systemClock.nowMs());
    where = command.stage === undefined ? command.endpoint : `stage ${command.stage}`;
    await run(command, where);
  } catch (error) {
    process.stderr.write(`${describe(error, where)}\n`);
    process.exitCode = 1;
  }
}

async function run(command: Command, where: string): Promise<void> {
  if (command.name === 'help') {
    print(HELP);
    return;
  }
  const { stage, region, endpoint } = command;
  const target = stage === undefined ? httpTarget(endpoint) : await stageTarget(stage, region);
  if (command.name === 'watch') await watch(target, command, where);
  else print(formatStatus(await ask(target, command), systemClock.nowMs()));
}

/** Prints the status, then every change once. A read that fails is told once and tried again. */
async function watch(target: ControlTarget, command: Command, where: string): Promise<void> {
  let seen: Status | null = null;
  let failing = false;
  for (;;) {
    try {
      const status = await ask(target, command);
      printNews(status, seen);
      seen = status;
      failing = false;
    } catch (error) {
      // No later try can do what this command asks.
      if (error instanceof ControlError && error.statusCode < 500) throw error;
      if (!failing) print(`  ${describe(error, where)}`);
      failing = true;
    }
    await pause(command.everyMs);
  }
}

function printNews(status: Status, seen: Status | null): void {
  // An epoch that goes back is another row: a table that was made anew.
  if (seen === null || status.epoch < seen.epoch) {
    print(formatStatus(status, systemClock.nowMs()));
    return;
  }
  const { history } = status;
  const fresh = history.filter((change) => change.epoch > seen.epoch);
  const missed = (fresh[0]?.epoch ?? 0) - seen.epoch - 1;
  // Only a full history has lost changes; a new policy begins an epoch that is no change.
  if (fresh.length === HISTORY_LIMIT && missed > 0) print(`  … ${missed} more`);
  for (const change of fresh) print(formatChange(change));
}

async function ask(target: ControlTarget, { request }: Command): Promise<Status> {
  const { statusCode, body } = await target(request);
  if (statusCode === 200) return parseStatus(body);
  const message = (body as { readonly message?: unknown } | null)?.message;
  throw new ControlError(
    statusCode,
    typeof message === 'string'
      ? printable(message)
      : `expected a status, the control plane answered ${statusCode}`,
  );
}

function describe(error: unknown, where: string): string {
  if (
    error instanceof UsageError ||
    error instanceof ConfigError ||
    error instanceof ControlError
  ) {
    return printableLines(error.message, MOST_SHOWN);
  }
  return `no status from ${printable(where.slice(0, 200))} (${printable(rootName(error))}): is it running there?`;
}

await main();

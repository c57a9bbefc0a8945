/** `npm run ctl`: reads and moves the level from a terminal, and watches it move. */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/config.ts';
import { HELP, readCommand, UsageError, type Command } from './commands.ts';
import { formatChange, formatStatus, parseStatus, type Status } from './format.ts';
import { httpTarget, stageTarget, type ControlTarget } from './target.ts';

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
  const { stage, endpoint } = command;
  const target = stage === undefined ? httpTarget(endpoint) : stageTarget(stage);
  const status = await ask(target, command);
  print(formatStatus(status, systemClock.nowMs()));
  if (command.name === 'watch') await watch(target, command, where, status.epoch);
}

/** Prints every change once. A read that fails is told once and tried again: it is 3 am for it too. */
async function watch(
  target: ControlTarget,
  command: Command,
  where: string,
  from: number,
): Promise<void> {
  let seen = from;
  let failing = false;
  for (;;) {
    await pause(command.everyMs);
    try {
      const { history } = await ask(target, command);
      const fresh = history.filter((change) => change.epoch > seen);
      const [first] = fresh;
      if (first !== undefined && first.epoch > seen + 1)
        print(`  … ${first.epoch - seen - 1} more`);
      for (const change of fresh) print(formatChange(change));
      seen = fresh.at(-1)?.epoch ?? seen;
      failing = false;
    } catch (error) {
      if (!failing) print(`  ${describe(error, where)}`);
      failing = true;
    }
  }
}

async function ask(target: ControlTarget, { request }: Command): Promise<Status> {
  const { statusCode, body } = await target(request);
  if (statusCode === 200) return parseStatus(body);
  const { message } = body as { readonly message?: string };
  throw new UsageError(message ?? `the control plane answered ${statusCode}`);
}

function describe(error: unknown, where: string): string {
  if (error instanceof UsageError || error instanceof ConfigError) return error.message;
  return `no status from ${where}: is it running there?`;
}

await main();

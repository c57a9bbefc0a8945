/** `npm run test:aws -- --stage NAME`: a stage of its own on a real account, deployed, walked, loaded and removed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command, CommanderError, Option } from 'commander';
import { CHECKS } from './checks.ts';
import { MOST_REQUESTS, refusalOf, sayPlan, type Wanted } from './plan.ts';
import { isGood, markdownOf } from './report.ts';
import { hasGatewayRole, identify, isThere, TrialError } from './stage.ts';
import { tryStage } from './trial.ts';

interface Options {
  readonly stage: string;
  readonly region: string;
  readonly requests: string;
  readonly endpoint?: string;
  readonly out: string;
  readonly yes?: true;
}

const command = new Command('npm run test:aws --')
  .description('Deploys a stage of its own, walks and loads it, removes it, and writes a report.')
  .requiredOption('--stage <name>', 'a name that no stage has')
  .addOption(new Option('--region <name>', 'where').default('us-east-1'))
  .option('--requests <count>', `how many the load is, at most ${MOST_REQUESTS}`, '500')
  .option('--endpoint <url>', 'an emulator on this machine in place of AWS')
  .option('--out <folder>', 'where the report goes', '.cache/aws')
  .option('--yes', 'ask nothing')
  .exitOverride();

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { stage, region, requests, endpoint, out, yes } = command.parse().opts<Options>();
  const wanted: Wanted = {
    stage,
    region,
    requests: Number(requests),
    ...(endpoint && { endpoint }),
  };
  const refusal = refusalOf(wanted);
  if (refusal !== null) throw new TrialError(refusal);
  const identity = await identify(wanted);
  if (await isThere(stage)) {
    throw new TrialError(
      `there is a stack resilient-service-${stage} already; name another --stage`,
    );
  }
  const hasRole = await hasGatewayRole(wanted);
  const leaves = hasRole
    ? null
    : 'Leaves a role for the logs of API Gateway, which is the account’s.';
  print(sayPlan(wanted, identity, leaves));
  if (yes !== true && !(await isWanted())) throw new TrialError('nothing was made');

  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      print(`${name}: what was made is removed first`);
      interruption.abort();
    });
  }
  const { signal } = interruption;
  const gatewayRole = hasRole ? 'account' : 'own';
  const report = await tryStage(wanted, { identity, gatewayRole, checks: CHECKS, signal, print });
  await mkdir(out, { recursive: true });
  const file = join(out, `${stage}-${report.startedAt.replaceAll(/[:.]/g, '-')}`);
  await writeFile(`${file}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(`${file}.md`, markdownOf(report));
  print(`Report: ${file}.md`);
  process.exitCode = signal.aborted ? 130 : isGood(report) ? 0 : 1;
}

/** Nobody to ask is a no. */
async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new TrialError('there is nobody to ask; --yes makes it all the same');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Make it? (y/N) ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

try {
  await main();
  // A fetch may keep a connection, and an interrupted step its work.
  process.exit();
} catch (error) {
  const isTold = error instanceof CommanderError;
  if (!isTold && !(error instanceof TrialError)) throw error;
  if (!isTold) process.stderr.write(`${error.message}\n`);
  process.exitCode = isTold ? error.exitCode : 1;
}

/** `npm run deploy-policy -- --stage prod --account 123456789012`: packages the stage, and prints who may deploy it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { SERVICE } from '../../alarms/level-alarms.ts';
import type { Templated } from './grant.ts';
import { deployPolicy, DeployPolicyError } from './policy.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

interface Given {
  readonly stage: string;
  readonly region: string;
  readonly account: string;
  readonly param: readonly string[];
}

const words = new Command('npm run --silent deploy-policy --')
  .description('The least that the role of a pipeline needs to deploy a stage, as a policy of IAM.')
  .addOption(new Option('--stage <name>', 'the stage').default('dev'))
  .addOption(new Option('--region <name>', 'where it is').default('us-east-1'))
  .requiredOption('--account <number>', 'whose it is, 12 digits')
  .option('--param <name=value...>', 'those of the deploy', [])
  .exitOverride();

try {
  words.parse();
  print(words.opts<Given>());
} catch (error) {
  const isTold = error instanceof CommanderError;
  if (!isTold && !(error instanceof DeployPolicyError)) throw error;
  if (!isTold) process.stderr.write(`${error.message}\n`);
  process.exitCode = isTold ? error.exitCode : 1;
}

function print({ stage, region, account, param }: Given): void {
  if (!/^\d{12}$/.test(account)) {
    throw new DeployPolicyError(`--account must be 12 digits, got ${account}`);
  }
  const [, kind = ''] = /^(cn|us-gov)-/.exec(region) ?? [];
  const partition = { cn: 'aws-cn', 'us-gov': 'aws-us-gov' }[kind] ?? 'aws';
  const place = {
    partition,
    region,
    account,
    stack: `${SERVICE}-${stage}`,
    service: SERVICE,
    stage,
  };
  const { Resources: resources } = packaged(stage, region, param);
  process.stdout.write(`${JSON.stringify(deployPolicy(resources, place), null, 2)}\n`);
}

function packaged(stage: string, region: string, params: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-policy-'));
  try {
    const named = params.flatMap((param) => ['--param', param]);
    const args = ['package', '--stage', stage, '--region', region, '--package', folder, ...named];
    // What the framework says goes where messages go: the output is the policy.
    execFileSync(join(ROOT, 'node_modules/.bin/sls'), args, {
      cwd: ROOT,
      stdio: ['ignore', 2, 'inherit'],
    });
    const text = readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
    return JSON.parse(text) as { readonly Resources: Readonly<Record<string, Templated>> };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

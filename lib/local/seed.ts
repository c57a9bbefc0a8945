/** `npm run seed`: puts the bank's first accounts into a deployed stage's table. */
import { parseArgs } from 'node:util';
import { systemClock } from '../runtime/clock.ts';
import { ConfigError, readConfig } from '../runtime/config.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { SEED_ACCOUNTS, seedAccounts } from '../store/seed-accounts.ts';
import { awsRegion } from './aws-region.ts';
import { rootName, StartError } from './errors.ts';

const HELP = `npm run seed -- --stage dev [--region us-east-1]

Puts ${SEED_ACCOUNTS.length} accounts into the stage's table, with the credentials of the AWS CLI.
An account that is there already stays as it is.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      stage: { type: 'string' },
      region: { type: 'string' },
    },
  });
  const { help, stage, region: given } = values;
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (stage === undefined) throw new StartError('--stage must name a deployed stage, got none');
  const config = readConfig({ STAGE: stage, ...(given !== undefined && { AWS_REGION: given }) });
  const { accountsTable } = config;
  const region = await awsRegion(config.region);
  const client = createDocumentClient({ region });
  try {
    const put = await seedAccounts(client, accountsTable, systemClock.nowMs());
    const left = SEED_ACCOUNTS.length - put;
    process.stdout.write(`${accountsTable}: ${put} accounts put, ${left} were there\n`);
  } catch (cause) {
    const message = `${accountsTable} in ${region} was not seeded (${rootName(cause)}); check the stage, the region and the credentials of the AWS CLI`;
    throw new StartError(message, { cause });
  } finally {
    client.destroy();
  }
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (!(error instanceof StartError || error instanceof ConfigError || isUsage)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

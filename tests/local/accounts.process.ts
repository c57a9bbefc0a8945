/** The bank's accounts on disk, and the script that seeds those of a deployed stage. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLocalAccounts } from '../../lib/local/accounts.ts';
import { takeDataDir } from '../../lib/local/data-dir.ts';
import { openTable } from '../../lib/local/table.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { SEED_ACCOUNTS } from '../../lib/store/seed-accounts.ts';
import { serveTable } from '../store/served-table.ts';
import { endOf, givenFolder, runToEnd, startProcess } from './process.ts';

const SEED = new URL('../../lib/local/seed.ts', import.meta.url).pathname;

const runSeed = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  endOf(env, [process.execPath, SEED, ...args]);

const accountAt = async (url: string, id: string) => {
  const response = await fetch(`${url}/account/${id}`);
  return { status: response.status, body: await response.json() };
};

describe('the accounts of npm start', () => {
  test('are there at the first start, and still there after a kill', async () => {
    const env = { DATA_DIR: await givenFolder() };
    const first = await startProcess(env);
    for (const { id, owner } of SEED_ACCOUNTS) {
      expect(await accountAt(first.url, id)).toMatchObject({
        status: 200,
        body: { level: 1, account: { id, owner } },
      });
    }
    await first.stop('SIGKILL');
    const second = await startProcess(env);
    expect(await accountAt(second.url, '12345')).toMatchObject({ status: 200 });
    await second.stop('SIGTERM');
  });

  test('that were changed are not seeded anew', async () => {
    const options = {
      tableName: 'AccountsTable-dev',
      region: 'us-east-1',
      path: join(await givenFolder(), 'accounts'),
    };
    const table = await openTable(options);
    const client = createDocumentClient(table.connection);
    await client.send(
      new UpdateCommand({
        TableName: options.tableName,
        Key: { PK: 'ACCOUNT#12345' },
        UpdateExpression:
          'SET #owner = :owner, balanceCents = :zero, currency = :eur, movements = :none',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': 'Zoe', ':zero': 0, ':eur': 'EUR', ':none': [] },
      }),
    );
    client.destroy();
    await table.close();
    const opened = await openLocalAccounts(options);
    onTestFinished(() => opened.close());
    expect((await opened.accounts.read('12345')).account?.owner).toBe('Zoe');
    expect((await opened.accounts.read('23456')).account?.owner).toBe('Ben Miller');
  });

  test('that are damaged are told of in one line', async () => {
    const folder = await givenFolder();
    const dataDir = await takeDataDir(folder, 'ServiceResiliencyTable-dev', () => {});
    const place = await dataDir.placeOf('AccountsTable-dev');
    await dataDir.release();
    await writeFile(join(place, 'CURRENT'), 'nonsense');
    const { code, stderr } = await runToEnd({ DATA_DIR: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR .* is damaged .*\n$/);
  });
});

describe('npm run seed', () => {
  const givenStage = async () => {
    const region = 'us-east-1';
    const table = await openTable({ tableName: 'AccountsTable-dev', region });
    onTestFinished(() => table.close());
    const { endpoint } = await serveTable(table);
    return {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
  };

  test('puts each account once', async () => {
    const env = await givenStage();
    const { length } = SEED_ACCOUNTS;
    expect(await runSeed(['--stage', 'dev'], env)).toEqual({
      code: 0,
      stdout: `AccountsTable-dev: ${length} accounts put, 0 were there\n`,
      stderr: '',
    });
    expect(await runSeed(['--stage', 'dev', '--region', 'us-east-1'], env)).toMatchObject({
      code: 0,
      stdout: `AccountsTable-dev: 0 accounts put, ${length} were there\n`,
    });
  });

  test('says which table is not there', async () => {
    const env = await givenStage();
    expect(await runSeed(['--stage', 'qa'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'AccountsTable-qa in us-east-1 was not seeded (ResourceNotFoundException); check the stage, the region and the credentials of the AWS CLI\n',
    });
  });

  test.each([
    [[], '--stage must name a deployed stage, got none\n'],
    [['--stage', 'a b'], 'STAGE must be up to 32 letters, digits and dashes, got "a b"\n'],
    [['--state', 'dev'], expect.stringContaining("Unknown option '--state'") as string],
  ])('refuses %j', async (args, stderr) => {
    expect(await runSeed(args)).toEqual({ code: 1, stdout: '', stderr });
  });

  test('has a help', async () => {
    const { code, stdout } = await runSeed(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^npm run seed -- --stage dev/);
  });
});

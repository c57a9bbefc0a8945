/** What a team does when a deploy goes wrong: a first one that fails, a roll-back, one function alone. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { clientOf } from '../../flow/given.ts';
import { functionsOf } from './aws.ts';
import { givenAccount, startFront, type Account } from './given.ts';

const PROD = ['--stage', 'prod'] as const;
const TABLE = { TableName: 'ServiceResiliencyTable-prod' };

describe('the stage prod', () => {
  let account: Account;
  beforeAll(async () => {
    account = await givenAccount();
    return account.close;
  });

  const isProtected = async () => {
    const { Table: table } = await new DynamoDBClient({}).send(new DescribeTableCommand(TABLE));
    return table?.DeletionProtectionEnabled ?? false;
  };
  const serves = async () => {
    const front = await startFront({ STAGE: 'prod' });
    const { status } = await clientOf(front.url).post({});
    await front.close();
    return status;
  };

  const codes = async () => {
    const all = await functionsOf('prod').versions();
    return new Map(all.map(({ FunctionName: name, CodeSha256: code }) => [name, code]));
  };

  test('whose first deploy fails is deployed by the next one, and protected by the one after', async () => {
    const file = join(account.folder, 'resources/alarms.js');
    const good = await readFile(file, 'utf8');
    // The emulator takes no metric math, and so refuses these alarms when all else is made.
    await writeFile(file, good.replaceAll("math === 'on'", 'true'));
    await expect(account.deploy(...PROD)).rejects.toThrow('failed');
    await writeFile(file, good);

    expect(await account.deploy(...PROD)).toContain('the next deploy protects it');
    expect(await serves()).toBe(200);
    expect(await isProtected()).toBe(false);

    await account.deploy(...PROD, '--param', 'policy=bank');
    expect(await isProtected()).toBe(true);
  });

  test('serves again by the package of before', async () => {
    const listed = await account.serverless('deploy', 'list', ...PROD);
    const [before = ''] = [...listed.matchAll(/Timestamp: (\d+)/g)]
      .map(([, at]) => at ?? '')
      .slice(-2);
    await account.serverless('rollback', ...PROD, '--timestamp', before);
    const mutator = { FunctionName: 'resilient-service-prod-mutator' };
    const { Environment: environment } = await new LambdaClient({}).send(
      new GetFunctionConfigurationCommand(mutator),
    );
    expect(environment?.Variables).toMatchObject({ POLICY: 'classic' });
    expect(await serves()).toBe(200);
  });

  test('takes the code of one function alone', async () => {
    const before = await codes();
    const file = join(account.folder, 'functions/maintenance-service.ts');
    await writeFile(file, `${await readFile(file, 'utf8')}\nexport const marker = 'alone';\n`);
    // The framework deploys the code, and then looks for the role's name, which CloudFormation gives here.
    const deploy = account.serverless(
      'deploy',
      'function',
      '--function',
      'maintenance-service',
      ...PROD,
    );
    await expect(deploy).rejects.toThrow('Function code deployed');
    const after = await codes();
    const changed = [...after].filter(([name, code]) => before.get(name) !== code);
    expect(changed.map(([name]) => name)).toEqual(['resilient-service-prod-maintenance-service']);
    expect(await serves()).toBe(200);
  });
});

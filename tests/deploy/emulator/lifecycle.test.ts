/** A stage from its first deploy to its removal, and what it leaves. */
import { beforeAll, describe, expect, test } from 'vitest';
import { clientOf } from '../../flow/given.ts';
import { bookRowOf, givenAccount, givenDev, startFront, type Dev } from './given.ts';
import { takeInventory, type Inventory } from './inventory.ts';

const EAST = 'us-east-1';
const WEST = 'us-west-2';

describe('the stage dev, one deploy after the other,', () => {
  let dev: Dev;
  let before: Inventory;
  beforeAll(async () => {
    const account = await givenAccount();
    before = await takeInventory(EAST);
    dev = await givenDev(account);
    return dev.close;
  });

  test('is all there after one command', async () => {
    expect(Object.keys(before)).toEqual([]);
    expect(Object.keys(await takeInventory(EAST)).toSorted()).toEqual([
      'alarms',
      'apis',
      'dashboards',
      'eventSourceMappings',
      'functions',
      'logGroups',
      'queues',
      'roles',
      'rules',
      'stacks',
      'stateMachines',
      'subscriptions',
      'tables',
      'topics',
    ]);
  });

  test('is left as it is by a deploy without a change: row and functions', async () => {
    await dev.postTimes(10, true);
    const row = await dev.table.row();
    const versions = await dev.functions.versions();
    expect(row).toMatchObject({ currentLevel: 3, epoch: 2 });

    expect(await dev.account.deploy('--stage', 'dev')).toContain('No changes to deploy');
    expect(await dev.functions.versions()).toEqual(versions);
    expect(await dev.table.row()).toEqual(row);
  });

  test('keeps its row over a deploy with another policy, which then holds', async () => {
    const row = await dev.table.row();
    await dev.account.deploy('--stage', 'dev', '--param', 'policy=bank');
    expect(await dev.table.row()).toEqual(row);

    // Three probes, and one more where the first was slower than its second; classic takes ten.
    for (let tries = 0; tries < 6 && (await bookRowOf(dev)).level === 3; tries += 1) {
      await dev.post({ error: false });
    }
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 3 });
  });

  test('leaves nothing when it is removed', async () => {
    await dev.account.remove('--stage', 'dev');
    expect(await takeInventory(EAST)).toEqual(before);
  });
});

describe('the stage prod', () => {
  test('obeys no client that asks for errors, and leaves its tables and the record of its changes when it is removed', async ({
    onTestFinished,
  }) => {
    const account = await givenAccount();
    onTestFinished(() => account.close());
    const where = ['--stage', 'prod', '--region', WEST];
    const before = await takeInventory(WEST);
    await account.deploy(...where);

    const front = await startFront({ STAGE: 'prod', AWS_REGION: WEST });
    const reply = await clientOf(front.url).post({ error: true });
    await front.close();
    expect(reply).toMatchObject({ status: 200, body: { level: 1, msg: 'Full Capacity' } });

    await account.remove(...where);
    const tables = ['AccountsTable-prod', 'ServiceResiliencyTable-prod'];
    const logGroups = ['/aws/events/resilient-service-prod-history'];
    expect(await takeInventory(WEST)).toEqual({ ...before, tables, logGroups });
  });
});

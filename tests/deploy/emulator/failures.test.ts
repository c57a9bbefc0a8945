/** A deployed stage that lost something: clients are served all the same, and it comes back. */
import { beforeAll, describe, expect, test } from 'vitest';
import { takeAway } from './aws.ts';
import { bookRowOf, headersOf, linesWhen, givenDev, type Dev } from './given.ts';

let dev: Dev;
beforeAll(async () => {
  dev = await givenDev();
  return dev.close;
});

describe('a mutator that may no longer write', () => {
  test('changes no answer and no row, says so, and counts again once it may', async () => {
    await dev.postTimes(2, true);
    const before = await dev.table.row();
    const policy = { stage: 'dev', role: 'MutatorRole', policy: 'level' };
    const giveBack = await takeAway('dynamodb:UpdateItem', policy);

    const replies = await dev.postTimes(6, true);
    for (const reply of replies) {
      expect(reply).toMatchObject({
        status: 500,
        body: { status: 500, message: 'Internal Server Error' },
      });
      expect(headersOf(reply)).toMatchObject({ level: '1', failOpen: null });
    }
    expect(await dev.table.row()).toEqual(before);
    const failures = await linesWhen(
      dev,
      'mutator',
      (lines) => lines.filter(({ message }) => message === 'mutator failed').length >= 6,
    );
    expect(failures.filter((line) => line['MutatorFailed'] === 1)).toHaveLength(6);

    await giveBack();
    await dev.postTimes(3, true);
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 1 });
  });
});

describe('a table that is gone', () => {
  test('leaves the service open and marked, and counts again once it is there', async () => {
    await dev.table.drop();
    const served = await dev.post({ error: false });
    expect(served).toMatchObject({
      status: 200,
      body: { status: 200, level: 1, msg: 'Full Capacity' },
    });
    expect(headersOf(served)).toMatchObject({ level: '1', failOpen: 'true' });
    const failed = await dev.post({ error: true });
    expect(failed.status).toBe(500);
    expect(headersOf(failed)).toMatchObject({ level: '1', failOpen: 'true' });
    expect((await dev.send('GET', '/circuit-breaker')).status).toBe(503);
    expect((await dev.gateway.send('GET', '/circuit-breaker')).status).toBe(503);
    await linesWhen(dev, 'full-service', (lines) =>
      lines.some(({ message }) => message === 'state read failed, serving open'),
    );

    await dev.table.create();
    const reply = await dev.post({ error: true });
    expect(headersOf(reply)).toMatchObject({ level: '1', failOpen: null });
    expect(await bookRowOf(dev)).toEqual({ level: 1, errorCount: 1, successCount: 0, epoch: 0 });
  });
});

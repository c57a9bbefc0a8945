/** The deployed service by the book: every answer, header and counter, one by one and in a crowd. */
import { beforeAll, describe, expect, test } from 'vitest';
import { answerOf, BY_THE_BOOK, stepByTheBook } from '../../flow/by-the-book.ts';
import { clientOf } from '../../flow/given.ts';
import {
  bookRowOf,
  crowd,
  headersOf,
  historyOf,
  loggedChanges,
  startFrontProcess,
  givenDev,
  type Dev,
} from './given.ts';

let dev: Dev;
beforeAll(async () => {
  dev = await givenDev();
  return dev.close;
});

const times = (count: number, error: boolean) => Array.from({ length: count }, () => error);

/** Down by errors, up by successes, with an outcome of the other kind on the way. */
const WALK = [
  false,
  ...times(5, true),
  false,
  ...times(5, true),
  ...times(10, false),
  ...times(10, false),
  false,
];

const ROUND = [
  { epoch: 1, from: 1, to: 2, reason: 'errors' },
  { epoch: 2, from: 2, to: 3, reason: 'errors' },
  { epoch: 3, from: 3, to: 2, reason: 'probes' },
  { epoch: 4, from: 2, to: 1, reason: 'successes' },
];

describe('the deployed service', () => {
  test('walks 1 → 2 → 3 → 2 → 1 by the rules', async () => {
    let row = BY_THE_BOOK;
    for (const error of WALK) {
      const reply = await dev.post({ error });
      expect({ status: reply.status, body: reply.body }).toEqual(answerOf(row, error));
      expect(headersOf(reply)).toEqual({
        type: 'application/json; charset=utf-8',
        level: String(row.level),
        retryAfter: row.level === 3 ? '60' : null,
        failOpen: null,
      });
      row = stepByTheBook(row, error);
      expect(await bookRowOf(dev)).toEqual(row);
    }
    expect(await historyOf(dev)).toEqual(ROUND);
    expect(await loggedChanges(dev, ROUND.length)).toEqual(ROUND);
  });

  test('makes each step once under 200 errors and as many successes of 16 clients as it takes', async () => {
    await dev.table.forget();
    const since = (await dev.functions.linesOf('mutator')).length;

    for (const reply of await crowd(dev, 200, 16, true)) {
      const { level, failOpen } = headersOf(reply);
      expect(failOpen).toBeNull();
      const served = { ...BY_THE_BOOK, level: Number(level) as 1 | 2 | 3 };
      expect({ status: reply.status, body: reply.body }).toEqual(answerOf(served, true));
    }
    expect(await bookRowOf(dev)).toEqual({ level: 3, errorCount: 10, successCount: 0, epoch: 2 });
    expect(await historyOf(dev)).toEqual(ROUND.slice(0, 2));

    for (let tries = 0; tries < 5 && (await bookRowOf(dev)).level !== 1; tries += 1) {
      await crowd(dev, 80, 16, false);
    }
    expect(await bookRowOf(dev)).toEqual({ level: 1, errorCount: 0, successCount: 0, epoch: 4 });
    expect(await historyOf(dev)).toEqual(ROUND);
    expect(await loggedChanges(dev, ROUND.length, since)).toEqual(ROUND);
  });

  test('takes a body that nearly fills the input, with all that can break a string', async () => {
    // In the workflow's input each of them takes 46 bytes, of 262,144.
    const text = '"\\$\'{}\n\u2028\u0000é💥'.repeat(5_600);
    expect(await dev.post({ error: false, text })).toMatchObject({
      status: 200,
      body: { status: 200, level: 1, msg: 'Full Capacity' },
    });
  });

  test('stands behind npm start -- --engine aws --stage dev', async () => {
    await dev.table.forget();
    const { url } = await startFrontProcess();
    const front = clientOf(url);
    expect((await front.post({ error: true })).status).toBe(500);
    expect(await front.status()).toMatchObject({ currentLevel: 1, errorCount: 1 });
  });
});

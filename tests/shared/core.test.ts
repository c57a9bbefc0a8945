/** The copy of a shared row, the pace of what is told to it, and the turn in an election. */
import { describe, expect, test } from 'vitest';
import { Flusher } from '../../lib/shared/flusher.ts';
import { RowCopy } from '../../lib/shared/row-copy.ts';
import { Turn } from '../../lib/shared/turn.ts';
import { within } from '../../lib/shared/within.ts';

interface Row {
  readonly epoch: number;
  readonly is: string;
}

function given(refreshMs = 1_000) {
  const answers: ((row: Row | Error) => void)[] = [];
  const failed: unknown[] = [];
  let random = 0;
  const copy = new RowCopy<Row>({
    read: () =>
      new Promise((resolve, reject) => {
        answers.push((row) => (row instanceof Error ? reject(row) : resolve(row)));
      }),
    epochOf: ({ epoch }) => epoch,
    refreshMs,
    firstWaitMs: 100,
    random: () => random,
    within: async (work) => {
      await work.catch(() => {});
    },
    failed: (error) => failed.push(error),
  });
  const answer = async (row: Row | Error) => {
    answers.shift()?.(row);
    await new Promise(setImmediate);
  };
  return { copy, answers, answer, failed, spread: (to: number) => (random = to) };
}

describe('the copy', () => {
  test('is read once for all who ask, and the first read alone is waited for', async () => {
    const { copy, answers, answer } = given();
    expect(copy.refresh(0)).toBeInstanceOf(Promise);
    expect(copy.refresh(1)).toBeInstanceOf(Promise);
    expect(answers).toHaveLength(1);
    await answer({ epoch: 1, is: 'read' });
    expect(copy.refresh(999)).toBeNull();
    expect(answers).toHaveLength(0);
    expect(copy.refresh(1_000)).toBeNull();
    expect(answers).toHaveLength(1);
  });

  test('is waited for again once it is older than three intervals', async () => {
    const { copy, answer } = given();
    void copy.refresh(0);
    await answer({ epoch: 1, is: 'read' });
    expect(copy.current(3_000)?.row.is).toBe('read');
    expect(copy.refresh(3_000)).toBeNull();
    expect(copy.current(3_001)).toBeNull();
    expect(copy.refresh(3_001)).toBeInstanceOf(Promise);
  });

  test('follows a row that began anew, once its copy has been contradicted for three intervals', async () => {
    const { copy, answer } = given();
    void copy.refresh(0);
    await answer({ epoch: 7, is: 'before the table was restored' });
    for (const atMs of [1_200, 2_400]) {
      void copy.refresh(atMs);
      await answer({ epoch: 0, is: 'restored' });
      expect(copy.held?.row.epoch).toBe(7);
    }
    void copy.refresh(3_600);
    await answer({ epoch: 0, is: 'restored' });
    expect(copy.current(3_600)?.row.is).toBe('restored');
  });

  test('never goes back: not in epochs, and not in time within one', async () => {
    const { copy, answer } = given();
    void copy.refresh(0);
    copy.put({ epoch: 3, is: 'written' }, 5);
    await answer({ epoch: 2, is: 'stale' });
    expect(copy.held?.row.is).toBe('written');
    void copy.refresh(1_200);
    copy.put({ epoch: 3, is: 'written later' }, 1_300);
    await answer({ epoch: 3, is: 'read before' });
    expect(copy.held?.row.is).toBe('written later');
    void copy.refresh(3_000);
    await answer({ epoch: 4, is: 'next' });
    expect(copy.held?.row.is).toBe('next');
  });

  test('takes an answer of a write for a read, and a wish for one as soon as it may', async () => {
    const { copy, answers, answer, spread } = given();
    spread(0.5);
    void copy.refresh(0);
    await answer({ epoch: 1, is: 'read' });
    copy.put({ epoch: 1, is: 'written' }, 500);
    void copy.refresh(1_500);
    expect(answers).toHaveLength(0);
    copy.readAt(200);
    void copy.refresh(999);
    expect(answers).toHaveLength(0);
    void copy.refresh(1_000);
    expect(answers).toHaveLength(1);
  });

  test('is read on after a failure, and after the clock was put back', async () => {
    const { copy, answers, answer, failed } = given();
    void copy.refresh(10_000);
    await answer(new Error('away'));
    expect(failed).toHaveLength(1);
    void copy.refresh(10_500);
    expect(answers).toHaveLength(0);
    void copy.refresh(2_000);
    expect(answers).toHaveLength(1);
  });
});

describe('the pace', () => {
  test('is at once, then once in an interval, and slower while it is refused', async () => {
    const flusher = new Flusher(1_000);
    const at = async (ms: number, flushed: 'sent' | 'throttled') => {
      const flushing = flusher.flush(ms, async () => flushed);
      await flushing;
      return flushing !== null;
    };
    expect(await at(0, 'sent')).toBe(true);
    expect(await at(999, 'sent')).toBe(false);
    expect(await at(1_000, 'throttled')).toBe(true);
    expect(await at(2_999, 'sent')).toBe(false);
    expect(await at(3_000, 'throttled')).toBe(true);
    expect(await at(6_999, 'sent')).toBe(false);
    expect(await at(7_000, 'sent')).toBe(true);
    expect(await at(8_000, 'sent')).toBe(true);
    // The clock was put back.
    expect(await at(10, 'sent')).toBe(true);
  });

  test('is never slower than once a minute', async () => {
    const flusher = new Flusher(5_000);
    let [ms, flushes] = [0, 0];
    for (; ms < 600_000; ms += 1_000) {
      const flushing = flusher.flush(ms, async () => 'throttled');
      if (flushing !== null) flushes += 1;
      await flushing;
    }
    expect(flushes).toBeGreaterThanOrEqual(12);
  });
});

test('a turn comes once for each copy', () => {
  const turn = new Turn<number>();
  const [one, other] = [
    { row: 1, atMs: 0 },
    { row: 1, atMs: 0 },
  ];
  expect([turn.take(one), turn.take(one), turn.take(other), turn.take(other)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('waiting ends with the work, whichever way, or with the time', async () => {
  await within(Promise.resolve(), 60_000);
  await within(Promise.reject(new Error('away')), 60_000);
  await within(new Promise(() => {}), 1);
});

/** The whole walk over HTTP: down by errors, up by genuine successes, and 2,000 requests by the book. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { givenService, type RunningService } from './given.ts';
import { answerOf, BY_THE_BOOK, stepByTheBook, type BookRow } from './by-the-book.ts';

const rowOf = async (service: RunningService): Promise<BookRow> => {
  const { currentLevel: level, errorCount, successCount, epoch } = await service.status();
  return { level, errorCount, successCount, epoch } as BookRow;
};

describe('the walk', () => {
  test('5 errors degrade, 10 bring maintenance, 10 and 10 successes climb back', async () => {
    const service = await givenService();
    expect(await service.post({ error: false })).toMatchObject({
      status: 200,
      body: { status: 200, level: 1, msg: 'Full Capacity' },
    });

    await service.postTimes(4, true);
    expect(await rowOf(service)).toEqual({ level: 1, errorCount: 4, successCount: 0, epoch: 0 });
    await service.postTimes(1, true);
    expect(await rowOf(service)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 1 });
    expect(await service.post({ error: false })).toMatchObject({
      status: 200,
      body: { status: 200, level: 2, msg: 'Degraded Mode' },
    });

    await service.postTimes(5, true);
    expect(await rowOf(service)).toEqual({ level: 3, errorCount: 10, successCount: 0, epoch: 2 });

    const inMaintenance = await service.postTimes(10, false);
    for (const reply of inMaintenance) {
      expect(reply.status).toBe(503);
      expect(reply.headers.get('Retry-After')).toBe('60');
      expect(reply.headers.get('X-Service-Level')).toBe('3');
      expect(reply.body).toEqual({
        status: 503,
        message: 'Nivel 3: Sistema bajo mantenimiento, intente más tarde',
      });
    }
    expect(await rowOf(service)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 3 });

    await service.postTimes(10, false);
    expect(await rowOf(service)).toEqual({ level: 1, errorCount: 0, successCount: 0, epoch: 4 });
    expect((await service.status()).history).toMatchObject([
      { epoch: 1, from: 1, to: 2, reason: 'errors' },
      { epoch: 2, from: 2, to: 3, reason: 'errors' },
      { epoch: 3, from: 3, to: 2, reason: 'probes' },
      { epoch: 4, from: 2, to: 1, reason: 'successes' },
    ]);
  });

  test('the bank policy climbs back after 3 probes and 5 successes', async () => {
    const service = await givenService({ POLICY: 'bank' });
    await service.postTimes(10, true);
    await service.postTimes(2, false);
    expect(await rowOf(service)).toMatchObject({ level: 3, successCount: 2 });
    await service.postTimes(1, false);
    expect(await rowOf(service)).toMatchObject({ level: 2, errorCount: 5, successCount: 0 });
    await service.postTimes(5, false);
    expect(await rowOf(service)).toMatchObject({ level: 1, errorCount: 0 });
  });

  test('a random sequence of 2,000 requests gives exactly the answers and counters of the rules', async () => {
    const service = await givenService();
    const [requests = []] = fc.sample(
      fc.array(
        fc
          .tuple(fc.boolean(), fc.integer({ min: 1, max: 14 }))
          .chain(([error, run]) => fc.constant(Array.from({ length: run }, () => error))),
        { minLength: 400, maxLength: 400 },
      ),
      { numRuns: 1, seed: 20_261_121 },
    );
    let row = BY_THE_BOOK;
    const levelsSeen = new Set<number>();
    for (const [index, error] of requests.flat().slice(0, 2_000).entries()) {
      const reply = await service.post({ error });
      expect({ status: reply.status, body: reply.body }).toEqual(answerOf(row, error));
      levelsSeen.add(row.level);
      row = stepByTheBook(row, error);
      if (index % 50 === 49) expect(await rowOf(service)).toEqual(row);
    }
    expect(requests.flat().length).toBeGreaterThanOrEqual(2_000);
    expect(levelsSeen).toEqual(new Set([1, 2, 3]));
    expect(await rowOf(service)).toEqual(row);
  }, 120_000);
});

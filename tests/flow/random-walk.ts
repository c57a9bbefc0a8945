/** A random sequence of requests to a running service, held to the rules by the book. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { answerOf, BY_THE_BOOK, stepByTheBook, type BookRow } from './by-the-book.ts';
import { givenService, type RunningService } from './given.ts';

/** The row of the default scope, as the status shows it. */
export async function rowOf(service: RunningService): Promise<BookRow> {
  const { currentLevel: level, errorCount, successCount, epoch } = await service.status();
  return { level, errorCount, successCount, epoch } as BookRow;
}

/** Sends the requests, in runs of up to 14 alike; each answer and every 50th row must be the rules' own. */
export async function walkAtRandom(length: number): Promise<void> {
  const service = await givenService();
  const runOf = fc
    .tuple(fc.boolean(), fc.integer({ min: 1, max: 14 }))
    .chain(([error, run]) => fc.constant(Array.from({ length: run }, () => error)));
  const runs = fc.array(runOf, { minLength: length / 5, maxLength: length / 5 });
  const [requests = []] = fc.sample(runs, { numRuns: 1, seed: 20_261_121 });
  let row = BY_THE_BOOK;
  const levelsSeen = new Set<number>();
  for (const [index, error] of requests.flat().slice(0, length).entries()) {
    const reply = await service.post({ error });
    expect({ status: reply.status, body: reply.body }).toEqual(answerOf(row, error));
    levelsSeen.add(row.level);
    row = stepByTheBook(row, error);
    if (index % 50 === 49) expect(await rowOf(service)).toEqual(row);
  }
  expect(requests.flat().length).toBeGreaterThanOrEqual(length);
  expect(levelsSeen).toEqual(new Set([1, 2, 3]));
  expect(await rowOf(service)).toEqual(row);
}

/** Many requests at once over HTTP, and what each request costs at the table. */
import { describe, expect, test } from 'vitest';
import { givenService, type RunningService } from './given.ts';

const countOperations = (service: RunningService): Record<string, number> => {
  const counts: Record<string, number> = {};
  service.server.table?.onOperation((operation) => {
    counts[operation] = (counts[operation] ?? 0) + 1;
  });
  return counts;
};

describe('200 errors at once', () => {
  test('each epoch has one transition of one level, and the service ends at level 2 or 3', async () => {
    const service = await givenService();
    await Promise.all(Array.from({ length: 200 }, () => service.post({ error: true })));
    const { currentLevel, epoch, history } = await service.status();
    expect([2, 3]).toContain(currentLevel);
    expect(epoch).toBe(currentLevel - 1);
    expect(history.map((change) => change.epoch)).toEqual(currentLevel === 2 ? [1] : [1, 2]);
    expect(history.map(({ from, to }) => to - from)).toEqual(history.map(() => 1));
    expect(service.telemetry.countOf('LevelChanged', 'default')).toBe(epoch);
  });
});

describe('what a request costs at the table', () => {
  test('healthy at level 1: one read, no write', async () => {
    const service = await givenService();
    const counts = countOperations(service);
    await service.postTimes(20, false);
    expect(counts).toEqual({ GetItem: 20 });
    expect((await service.status()).lastUpdated).toBeNull();
  });

  test('an error: one read and one write; at the transition one more, and one of the history', async () => {
    const service = await givenService();
    const counts = countOperations(service);
    await service.postTimes(5, true);
    expect(counts).toEqual({ GetItem: 5, UpdateItem: 7 });
  });

  test('a success at level 2: one read and one write', async () => {
    const service = await givenService();
    await service.postTimes(5, true);
    const counts = countOperations(service);
    await service.postTimes(3, false);
    expect(counts).toEqual({ GetItem: 3, UpdateItem: 3 });
  });

  test('maintenance with a probe: one read and one write; at the transition as for an error', async () => {
    const service = await givenService();
    await service.postTimes(10, true);
    const counts = countOperations(service);
    await service.postTimes(10, false);
    expect(counts).toEqual({ GetItem: 10, UpdateItem: 12 });
  });

  test('pinned in maintenance: one read, no write', async () => {
    const service = await givenService();
    await service.send('PUT', '/circuit-breaker/override', {
      body: JSON.stringify({ level: 3, reason: 'drill' }),
      headers: { 'Content-Type': 'application/json' },
    });
    const counts = countOperations(service);
    const replies = await service.postTimes(3, false);
    expect(replies.map((reply) => reply.status)).toEqual([503, 503, 503]);
    expect(counts).toEqual({ GetItem: 3 });
  });

  test('bad input: nothing at all', async () => {
    const service = await givenService();
    const counts = countOperations(service);
    expect((await service.post({ error: 'yes' })).status).toBe(400);
    expect(counts).toEqual({});
  });
});

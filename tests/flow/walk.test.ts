/** The whole walk over HTTP: down by errors, up by genuine successes, and requests at random by the book. */
import { describe, expect, test } from 'vitest';
import { givenService } from './given.ts';
import { rowOf, walkAtRandom } from './random-walk.ts';

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

  test('a random sequence of 400 requests gives exactly the answers and counters of the rules', () =>
    walkAtRandom(400));
});

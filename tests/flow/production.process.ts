/** The end over HTTP, under production before two upstreams of which the full one always fails. */
import { describe, expect, test } from 'vitest';
import { givenOutage, REQUESTS } from './given-outage.ts';

describe('of 300 requests while the full upstream always fails', () => {
  test.each([
    ['that are safe, one by one, none', 1, true, 0],
    ['that are safe, at 20 connections, none', 20, true, 0],
    ['without a key, one by one, at most 25', 1, false, 25],
    ['without a key, at 20 connections, at most 60', 20, false, 60],
  ] as const)('%s fails', { timeout: 90_000 }, async (_title, connections, keyed, most) => {
    const { send } = await givenOutage();
    const came = await send(connections, keyed);
    expect(came).toMatchObject({ answered: REQUESTS, currentLevel: 2 });
    expect(came.failed).toBeLessThanOrEqual(most);
    expect(came.moves).toBeLessThanOrEqual(2);
  });
});

/** What the faces publish: one measure for every request that they end, and none for one that they do not. */
import { describe, expect, test } from 'vitest';
import { createHandler as createDegraded } from '../../functions/degraded-service.ts';
import { createHandler as createFull } from '../../functions/full-service.ts';
import { createHandler as createMaintenance } from '../../functions/maintenance-service.ts';
import type { Answer } from '../../lib/services/service.ts';
import { requestText } from '../services/requests.ts';
import { rememberingTelemetry } from './events.ts';

const EVENT = {
  scope: 'default',
  executionId: 'x-1',
  failOpen: false,
  readLevel: 1,
  request: requestText({}),
};

const answering =
  (outcome: Answer['outcome'], statusCode = 200) =>
  async (): Promise<Answer> => ({ outcome, statusCode, headers: {}, body: {} });
const throwing = async (): Promise<Answer> => {
  throw new Error('boom');
};

function given(face: () => Promise<Answer>) {
  const { telemetry, measured } = rememberingTelemetry();
  const service = { full: face, degraded: face, maintenance: face, probe: async () => 'success' };
  let now = 0;
  const clock = { monotonicMs: () => (now += 7) };
  const runtime = { services: { default: service as never }, telemetry, clock, random: () => 0.5 };
  return { runtime, measured };
}

const measure = (Level: string, Success: 0 | 1, Error: 0 | 1) => ({
  set: 'Service',
  dimensions: { Scope: 'default', Level },
  values: { Success, Error, ResponseTime: 7 },
});

describe('a face publishes', () => {
  test.each([
    ['a success', answering('success'), 1, 0],
    ['an error', answering('error', 500), 0, 1],
    ['a rejected input, which is neither', answering('none', 400), 0, 0],
    ['a face that throws', throwing, 0, 1],
  ] as const)('%s', async (_what, face, success, error) => {
    const { runtime, measured } = given(face);
    await createFull(runtime)(EVENT);
    expect(measured).toEqual([measure('1', success, error)]);
  });

  test.each([
    ['the level of the row', createFull, {}, '1'],
    ['the level of the row', createDegraded, { readLevel: 2 }, '2'],
    ['the level of the row', createMaintenance, { readLevel: 3 }, '3'],
    ['a canary', createFull, { readLevel: 2 }, 'canary'],
    ['an exercise', createDegraded, {}, 'exercise'],
    ['a shield', createDegraded, { shielding: true }, 'shield'],
    ['a bypass', createFull, { readLevel: 3, bypass: true }, 'bypass'],
    ['an unknown level', createFull, { failOpen: true }, 'unknown'],
  ])('%s, which no alarm on the level takes for another', async (_what, create, more, level) => {
    const { runtime, measured } = given(answering('success'));
    await create(runtime)({ ...EVENT, ...more });
    expect(measured).toEqual([measure(level, 1, 0)]);
  });

  test('what was served while the level was not known, under a level of its own', async () => {
    const { runtime, measured } = given(answering('success'));
    await createFull(runtime)({ ...EVENT, failOpen: true });
    expect(measured).toEqual([measure('unknown', 1, 0)]);
  });

  test('nothing of a body that it could not read but its rejection', async () => {
    const { runtime, measured } = given(throwing);
    await createFull(runtime)({ ...EVENT, request: { ...EVENT.request, bodyText: '{' } });
    expect(measured).toEqual([measure('1', 0, 0)]);
  });

  test('nothing for a probe: the mutator learns of those that time out too', async () => {
    const { runtime, measured } = given(answering('success'));
    await createDegraded(runtime)({ ...EVENT, readLevel: 3, probe: true });
    expect(measured).toEqual([]);
  });
});

test('a maintenance face that throws is left to the static answer, and published by nobody here', async () => {
  const { runtime, measured } = given(throwing);
  await expect(createMaintenance(runtime)({ ...EVENT, readLevel: 3 })).rejects.toThrow('boom');
  expect(measured).toEqual([]);
});

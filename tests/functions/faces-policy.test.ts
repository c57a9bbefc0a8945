/** What the policy in force makes of a face: slow answers, the shield, statuses that count, when to come back. */
import { describe, expect, test } from 'vitest';
import { createHandler as createDegraded } from '../../functions/degraded-service.ts';
import { createHandler as createFull } from '../../functions/full-service.ts';
import { createHandler as createMaintenance } from '../../functions/maintenance-service.ts';
import { comeBackAfter } from '../../lib/services/come-back.ts';
import { maintenance } from '../../lib/services/maintenance.ts';
import type { Answer, Service, ServiceContext } from '../../lib/services/service.ts';
import { requestText } from '../services/requests.ts';
import { rememberingTelemetry } from './events.ts';

const OK: Answer = { outcome: 'success', statusCode: 200, headers: {}, body: {} };
const FAILED: Answer = { ...OK, outcome: 'error', statusCode: 500 };
const REJECTED: Answer = { ...OK, outcome: 'none', statusCode: 400 };
const REFUSED: Answer = { ...OK, outcome: 'none', refused: true, statusCode: 503 };
const EVENT = {
  scope: 'default',
  executionId: 'x-1',
  failOpen: false,
  readLevel: 1,
  request: requestText({}),
};

/** A service whose faces answer the same, after so long. */
function givenFace(answer: Answer, tookMs = 5, random = 0.5) {
  const contexts: ServiceContext[] = [];
  const serve: Service['full'] = async (_request, context) => {
    contexts.push(context);
    return answer;
  };
  const service = { full: serve, degraded: serve, maintenance, probe: async () => 'none' as const };
  const { telemetry, told, measured } = rememberingTelemetry();
  let now = 0;
  const clock = { monotonicMs: () => (now += tookMs) };
  const runtime = { services: { default: service }, telemetry, clock, random: () => random };
  return { runtime, told, measured, contexts };
}

describe('an answer that takes longer than slowAfterMs', () => {
  test.each([
    ['longer', OK, 101, 100, 'slow'],
    ['as long', OK, 100, 100, 'success'],
    ['longer, where none is slow', OK, 9_000, 0, 'success'],
    ['longer, an error', FAILED, 101, 100, 'error'],
    ['longer, a rejected input', REJECTED, 101, 100, 'none'],
  ])('%s', async (_what, answer, tookMs, slowAfterMs, outcome) => {
    const { runtime, measured } = givenFace(answer, tookMs);
    const told = await createFull(runtime)({ ...EVENT, slowAfterMs });
    // The client gets it as it is.
    expect(told).toMatchObject({ outcome, statusCode: answer.statusCode, durationMs: tookMs });
    // The client was served: what is slow is a success of its own kind.
    expect(measured[0]?.values).toEqual({
      Success: outcome === 'slow' || outcome === 'success' ? 1 : 0,
      Error: outcome === 'error' ? 1 : 0,
      ...(outcome === 'slow' && { Slow: 1 }),
      ResponseTime: tookMs,
    });
  });
});

describe('the degraded face in place of a full one', () => {
  const shielding = { ...EVENT, shielding: true };

  test.each([
    ['serves', OK],
    ['says that the input is wrong', REJECTED],
  ])('%s', async (_what, answer) => {
    const { runtime, measured } = givenFace(answer);
    expect(await createDegraded(runtime)(shielding)).toMatchObject({
      statusCode: answer.statusCode,
    });
    expect(measured[0]?.dimensions).toEqual({ Scope: 'default', Level: 'shield' });
  });

  test.each([
    ['fails', FAILED],
    ['refuses', REFUSED],
  ])('that %s throws, so that the failure before it stands', async (_what, answer) => {
    const { runtime } = givenFace(answer);
    await expect(createDegraded(runtime)(shielding)).rejects.toMatchObject({ code: 'NO_SHIELD' });
    // By itself its answer is one.
    expect(await createDegraded(runtime)(EVENT)).toMatchObject({ statusCode: answer.statusCode });
  });

  test('tells of no failed read: the full face has done so', async () => {
    const { runtime, told } = givenFace(OK);
    await createDegraded(runtime)({ ...shielding, failOpen: true });
    expect(told).toEqual([]);
    await createFull(runtime)({ ...EVENT, failOpen: true });
    expect(told.map(([, what]) => what)).toContain('StateReadFailed');
  });
});

test('a bypass is published as that', async () => {
  const { runtime, measured } = givenFace(FAILED);
  await createFull(runtime)({ ...EVENT, readLevel: 3, bypass: true });
  expect(measured[0]?.dimensions).toEqual({ Scope: 'default', Level: 'bypass' });
});

test.each([
  ['[401,429]', [401, 429]],
  ['[]', undefined],
  ['[401,"x"]', [401]],
  ['{}', undefined],
  ['no JSON', undefined],
])('the statuses %s that count reach the service as %j', async (countStatuses, expected) => {
  const { runtime, contexts } = givenFace(OK);
  await createFull(runtime)({ ...EVENT, countStatuses });
  expect(contexts).toEqual([
    { scope: 'default', executionId: 'x-1', ...(expected && { countStatuses: expected }) },
  ]);
});

describe('when to come back', () => {
  const AT_MS = 1_767_225_600_000;
  const n = (ms: number) => ({ N: String(ms) });
  const probe = (ms: number) => ({ nextProbeAtMs: n(AT_MS + ms) });
  const pin = (ms?: number) => ({
    override: { M: ms === undefined ? {} : { untilMs: n(AT_MS + ms) } },
  });

  test.each([
    ['when the next probe is due', probe(30_000), 0.5, 30],
    ['a fifth sooner', probe(30_000), 0, 24],
    ['a fifth later', probe(30_000), 0.999, 36],
    ['in whole seconds', probe(1_200), 0.5, 2],
    ['at least one', probe(1), 0, 1],
    ['a probe that is overdue is on its way', probe(-9_000), 0.5, 1],
    ['at the pin\u2019s end', pin(600_000), 0.5, 600],
    ['a pin goes before the probe', { ...pin(600_000), ...probe(5_000) }, 0.5, 600],
    ['one that has run out does not', { ...pin(0), ...probe(5_000) }, 0.5, 5],
    ['one without an end tells nothing', { ...pin(), ...probe(5_000) }, 0.5, 60],
    ['a row that tells nothing', {}, 0.5, 60],
    ['a row that was edited badly', { nextProbeAtMs: { S: 'soon' } }, 0.5, 60],
  ])('%s', (_what, row, random, seconds) => {
    expect(comeBackAfter({ row, receivedAt: AT_MS }, random)).toBe(seconds);
  });

  test('is a minute for a workflow of before, which says no time', () => {
    expect(comeBackAfter({}, 0)).toBe(60);
    expect(comeBackAfter({ row: probe(5_000) }, 0)).toBe(60);
  });

  test('is what a client in maintenance is told, spread by chance', async () => {
    const event = { ...EVENT, readLevel: 3, receivedAt: AT_MS, row: probe(100_000) };
    const told = async (random: number) =>
      (await createMaintenance(givenFace(OK, 5, random).runtime)(event)).headers;
    expect(await told(0)).toEqual({ 'Retry-After': '80' });
    expect(await told(0.5)).toEqual({ 'Retry-After': '100' });
  });
});

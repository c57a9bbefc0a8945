/** The face functions: what they hand to a service, and what they make of what it does. */
import { describe, expect, test } from 'vitest';
import { createHandler as createDegraded } from '../../functions/degraded-service.ts';
import { createHandler as createFull } from '../../functions/full-service.ts';
import { createHandler as createMaintenance } from '../../functions/maintenance-service.ts';
import { MAX_BODY_BYTES, type Answer, type Service } from '../../lib/services/service.ts';
import { rememberingTelemetry } from './events.ts';

const OK: Answer = { outcome: 'success', statusCode: 200, headers: { A: 'b' }, body: { ok: true } };
const EVENT = {
  scope: 'default',
  executionId: 'x-1',
  failOpen: false,
  request: { body: { error: false } },
};

const givenFace = (service: Partial<Service>) => {
  const unused = async (): Promise<never> => {
    throw new Error('not this face');
  };
  const faces: Service = {
    full: unused,
    degraded: unused,
    maintenance: unused,
    probe: unused,
    ...service,
  };
  const { telemetry, told } = rememberingTelemetry();
  let now = 0;
  const clock = { monotonicMs: (): number => (now += 5) };
  return { runtime: { services: { default: faces }, telemetry, clock }, told };
};

describe('a face', () => {
  test.each([
    ['full', createFull],
    ['degraded', createDegraded],
    ['maintenance', createMaintenance],
  ] as const)(
    '%s answers what its service answers, with the time it took',
    async (face, create) => {
      const seen: unknown[] = [];
      const { runtime } = givenFace({
        [face]: async (...given: unknown[]) => {
          seen.push(...given);
          return OK;
        },
      });
      expect(await create(runtime)(EVENT)).toEqual({ ...OK, body: '{"ok":true}', durationMs: 5 });
      expect(seen).toEqual([{ body: { error: false } }, { scope: 'default', executionId: 'x-1' }]);
    },
  );

  const bad = (answer: unknown) => async () => answer as Answer;
  test.each<[string, () => Promise<Answer>]>([
    ['throws', async () => Promise.reject(new Error('boom'))],
    ['answers nothing', bad(undefined)],
    ['answers an unknown outcome', bad({ ...OK, outcome: 'fine' })],
    ['answers a status that is none', bad({ ...OK, statusCode: 99 })],
    ['answers a body that JSON cannot carry', bad({ ...OK, body: undefined })],
    ['answers headers that are null', bad({ ...OK, headers: null })],
    ['answers headers that are a list', bad({ ...OK, headers: ['A'] })],
    ['answers headers that are no strings', bad({ ...OK, headers: { A: 1 } })],
    ['answers too much', bad({ ...OK, body: '"'.repeat(MAX_BODY_BYTES / 4) })],
    ['answers far too much', bad({ ...OK, body: 'x'.repeat(MAX_BODY_BYTES) })],
  ])('that %s is an error of the service, without details for the client', async (_what, full) => {
    const { runtime, told } = givenFace({ full });
    expect(await createFull(runtime)(EVENT)).toEqual({
      outcome: 'error',
      statusCode: 500,
      headers: {},
      body: '{"status":500,"message":"Internal Server Error"}',
      durationMs: 5,
    });
    expect(told[0]).toMatchObject(['error', 'face failed', { face: 'full', executionId: 'x-1' }]);
  });

  test('that throws before it returns a promise is no different', async () => {
    const full = (): never => {
      throw new Error('at once');
    };
    expect(await createFull(givenFace({ full }).runtime)(EVENT)).toMatchObject({ statusCode: 500 });
  });

  test('that serves open says so, and counts it', async () => {
    const { runtime, told } = givenFace({ full: async () => OK });
    await createFull(runtime)({ ...EVENT, failOpen: true });
    expect(told.map(([, what]) => what)).toEqual([
      'state read failed, serving open',
      'StateReadFailed',
    ]);
  });

  test.each([
    ['an unknown scope', { ...EVENT, scope: 'nope' }, 'scope must be one of default, got nope'],
    ['no request', { ...EVENT, request: undefined }, /^payload request/],
    ['nothing', undefined, /^payload/],
  ])('refuses %s', async (_what, event, message) => {
    const { runtime } = givenFace({});
    await expect(createFull(runtime)(event)).rejects.toThrow(message);
  });
});

describe('the probe', () => {
  test.each<[string, () => Promise<string>, string, number]>([
    ['success', async () => 'success', 'success', 1],
    ['error', async () => 'error', 'error', 0],
    ['a throw', async () => Promise.reject(new Error('boom')), 'error', 0],
    ['nonsense', async () => 'ok', 'error', 0],
  ])('makes of %s the outcome it is', async (_what, probe, outcome, counted) => {
    const { runtime, told } = givenFace({ probe: probe as Service['probe'] });
    expect(await createDegraded(runtime)({ ...EVENT, probe: true })).toEqual({ outcome });
    expect(told.at(-1)).toEqual(['count', 'ProbeResult', counted]);
  });
});

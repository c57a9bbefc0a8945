/** The demo service: the answers of the contract, and who may make it fail. */
import { describe, expect, test } from 'vitest';
import { createServices } from '../../lib/services/registry.ts';

const CONTEXT = { scope: 'default', executionId: 'x-1' };
const demo = (faultSwitch: boolean) => {
  const { default: service } = createServices({ faultSwitch });
  if (service === undefined) throw new Error('no default service');
  return service;
};

describe('the demo service', () => {
  test.each([
    ['full', {}, { outcome: 'success', body: { status: 200, level: 1, msg: 'Full Capacity' } }],
    ['degraded', {}, { outcome: 'success', body: { status: 200, level: 2, msg: 'Degraded Mode' } }],
    ['full', { error: true }, { outcome: 'error', statusCode: 500 }],
    ['degraded', { error: true }, { outcome: 'error', statusCode: 500 }],
    ['full', { error: 'yes' }, { outcome: 'none', statusCode: 400 }],
    ['full', { error: null }, { outcome: 'none', statusCode: 400 }],
    ['full', 'text', { outcome: 'success', statusCode: 200 }],
    ['maintenance', { error: true }, { outcome: 'none', statusCode: 503 }],
  ] as const)('%s %o', async (face, body, answer) => {
    expect(await demo(true)[face]({ body }, CONTEXT)).toMatchObject(answer);
  });

  test('ignores the fault switch where it is off, but validates it', async () => {
    const { full, probe } = demo(false);
    expect(await full({ body: { error: true } }, CONTEXT)).toMatchObject({ outcome: 'success' });
    expect(await full({ body: { error: 7 } }, CONTEXT)).toMatchObject({
      outcome: 'none',
      body: { status: 400, message: '"error" must be true or false, got 7' },
    });
    expect(await probe({ body: { error: true } }, CONTEXT)).toBe('success');
  });

  test.each([
    [{}, 'success'],
    [{ error: false }, 'success'],
    [{ error: true }, 'error'],
  ] as const)('its probe of %o is a %s', async (body, outcome) => {
    expect(await demo(true).probe({ body }, CONTEXT)).toBe(outcome);
  });
});

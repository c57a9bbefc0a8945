/** The demo service: the answers of the contract, and who may make it fail. */
import { describe, expect, test } from 'vitest';
import { createDemoService } from '../../lib/services/demo.ts';
import { serviceRequest } from './requests.ts';

const CONTEXT = { scope: 'default', executionId: 'x-1' };
const demo = (faultSwitch: boolean) => createDemoService({ faultSwitch });

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
    expect(await demo(true)[face](serviceRequest(body), CONTEXT)).toMatchObject(answer);
  });

  test('ignores the fault switch where it is off, but validates it', async () => {
    const { full, probe } = demo(false);
    expect(await full(serviceRequest({ error: true }), CONTEXT)).toMatchObject({
      outcome: 'success',
    });
    expect(await full(serviceRequest({ error: 7 }), CONTEXT)).toMatchObject({
      outcome: 'none',
      body: { status: 400, message: '"error" must be true or false, got 7' },
    });
    expect(await probe('degraded', serviceRequest({ error: true }), CONTEXT)).toBe('success');
  });

  test.each([
    [{}, 'success'],
    [{ error: false }, 'success'],
    [{ error: true }, 'error'],
  ] as const)('its probe of %o is a %s', async (body, outcome) => {
    expect(await demo(true).probe('degraded', serviceRequest(body), CONTEXT)).toBe(outcome);
  });
});

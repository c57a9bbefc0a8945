/** The scopes: defaults, and what is refused in words. */
import { describe, expect, test } from 'vitest';
import { alarmsOf, readScopes } from '../../lib/runtime/scopes.ts';

const alarms = (given: object) => ({ default: { alarms: given } });
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`scope-${index}`, {}]));

describe('the scopes', () => {
  test('have defaults', () => {
    expect(readScopes({ default: {} })).toEqual({
      default: {
        signals: 'direct',
        alarms: { errorRate: [0.25, 0.5], minRequests: 20, periodS: 60, periods: 1 },
      },
    });
  });

  test('are those of scopes.json', () => {
    expect(Object.keys(readScopes())).toEqual(['default', 'account']);
    expect(readScopes()['account']).toMatchObject({ policy: 'bank', signals: 'both' });
  });

  test('have alarms by the policy of the scope, else by the deployed one', () => {
    const scoped = alarmsOf(
      readScopes({ default: {}, account: { policy: 'bank' } }),
      'dev',
      'classic',
    );
    const probes = scoped.filter(({ alarm }) => alarm.from === 3);
    expect(probes.map(({ alarm: { scope, periodS } }) => [scope, periodS])).toEqual([
      ['default', 600],
      ['account', 180],
    ]);
  });

  test.each([
    [{}, /must have the scope default/],
    [{ default: {}, 'Not Lower': {} }, /lower-case/],
    [{ default: {}, ...many(8) }, /at most 8/],
    [{ default: { polic: 'bank' } }, /did you mean policy/],
    [{ default: { policy: 'nope' } }, /classic, bank, production/],
    [{ default: { overrides: { dwelMs: 1 } } }, /did you mean dwellMs/],
    [{ default: { overrides: { dwellMs: -1 } } }, /dwellMs must be an integer from 0/],
    [{ default: { signals: 'none' } }, /direct, alarms, both/],
    [alarms({ errorRate: [0.5] }), /errorRate/],
    [alarms({ errorRate: [0, 0.5] }), /errorRate/],
    [alarms({ errorRate: [0.5, 1.1] }), /errorRate/],
    [alarms({ minRequests: 0 }), /minRequests/],
    [alarms({ periodS: 90 }), /periodS/],
    [alarms({ periodS: 7_200 }), /periodS/],
    [alarms({ periods: 25 }), /periods/],
    [alarms({ period: 60 }), /did you mean period/],
  ])('%j are refused', (given, words) => {
    expect(() => readScopes(given)).toThrow(words);
    expect(() => readScopes(given)).toThrow(/^scopes\.json: /);
  });
});

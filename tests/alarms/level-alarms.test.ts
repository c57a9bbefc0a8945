/** The alarms as data: what each looks at, when it fires, and which move it asks for. */
import { describe, expect, test } from 'vitest';
import { levelAlarms, windowMsOf } from '../../lib/alarms/level-alarms.ts';
import { bank, classic } from '../../lib/level/policy.ts';
import { MAX_CODE_LENGTH } from '../../lib/level/state.ts';

const numbers = { errorRate: [0.25, 0.5], minRequests: 20, periodS: 60, periods: 1 } as const;
const given = { stage: 'dev', scope: 'account', alarms: numbers, policy: bank };

const service = { namespace: 'CircuitBreaker/Service', stage: 'dev' };
const atLevel = (Level: string) => ({ Stage: service.stage, Scope: 'account', Level });
const onScope = { Stage: 'dev', Scope: 'account' };

describe('the alarms of a scope', () => {
  const [level1, level2, probes, streak] = levelAlarms(given);

  test('fire on a share of errors of enough requests, each at its own level', () => {
    expect(level1).toEqual({
      name: 'resilient-service-dev-account-level-1-error-rate',
      scope: 'account',
      from: 1,
      to: 2,
      reason: 'alarm-error-rate',
      metrics: [
        { ...error('1'), id: 'rate', stat: 'Average' },
        { ...error('1'), id: 'requests', stat: 'SampleCount' },
      ],
      expression: 'IF(requests >= 20, rate, 0)',
      plain: { ...error('1'), id: 'rate', stat: 'Average' },
      threshold: 0.25,
      periodS: 60,
      periods: 3,
      breaching: 1,
    });
    expect(level2).toMatchObject({
      name: 'resilient-service-dev-account-level-2-error-rate',
      from: 2,
      to: 3,
      threshold: 0.5,
      metrics: [{ dimensions: atLevel('2') }, { dimensions: atLevel('2') }],
    });
  });

  test('see recovery from level 3 in probes, over as many minutes as a tick needs for them', () => {
    const probe = {
      namespace: 'CircuitBreaker/Controller',
      metric: 'ProbeResult',
      dimensions: onScope,
    };
    expect(probes).toMatchObject({
      name: 'resilient-service-dev-account-level-3-recovery',
      from: 3,
      to: 2,
      reason: 'alarm-recovery',
      metrics: [
        { ...probe, id: 'successes', stat: 'Sum' },
        { ...probe, id: 'probes', stat: 'SampleCount' },
      ],
      expression: 'IF(successes >= 3 AND successes == probes, 1, 0)',
      plain: { ...probe, stat: 'Average' },
      threshold: 1,
      periodS: 180,
    });
  });

  test('see recovery from level 2 in successes without an error', () => {
    expect(streak).toMatchObject({
      name: 'resilient-service-dev-account-level-2-recovery',
      from: 2,
      to: 1,
      metrics: [
        { id: 'successes', metric: 'Success', stat: 'Sum', dimensions: atLevel('2') },
        { id: 'errors', metric: 'Error', stat: 'Sum', dimensions: atLevel('2') },
      ],
      expression: 'IF(successes >= 5 AND errors == 0, 1, 0)',
      plain: { metric: 'Success', stat: 'Average' },
      threshold: 1,
      periodS: 60,
    });
  });

  test('take their numbers from the scope and its policy', () => {
    const alarms = { errorRate: [0.1, 0.9], minRequests: 7, periodS: 120, periods: 3 } as const;
    const [first, second, third, fourth] = levelAlarms({ ...given, alarms, policy: classic });
    expect(first).toMatchObject({ threshold: 0.1, expression: 'IF(requests >= 7, rate, 0)' });
    expect(second).toMatchObject({ threshold: 0.9, periodS: 120, periods: 5, breaching: 3 });
    expect(third).toMatchObject({ periodS: 600, expression: expect.stringContaining('>= 10 ') });
    expect(fourth).toMatchObject({ periodS: 120, expression: expect.stringContaining('>= 10 ') });
  });

  test('look back as far as all their periods', () => {
    const alarms = { ...numbers, periodS: 120, periods: 3 };
    expect(levelAlarms({ ...given, alarms }).map(windowMsOf)).toEqual([
      600_000, 600_000, 900_000, 600_000,
    ]);
  });

  test('have ids that metric math takes, and reasons that fit into the history', () => {
    for (const { metrics, reason } of levelAlarms(given)) {
      expect(metrics.every(({ id }) => /^[a-z]\w*$/.test(id))).toBe(true);
      expect(reason.length).toBeLessThanOrEqual(MAX_CODE_LENGTH);
    }
  });
});

function error(level: string) {
  return { namespace: service.namespace, metric: 'Error', dimensions: atLevel(level) };
}

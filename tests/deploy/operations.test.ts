/** What whoever operates a stage has of its template: alarms for people, versions, tags, events that expire. */
import { beforeAll, describe, expect, test } from 'vitest';
import { packaged, STAGES, type Packaged } from './packaged.ts';

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  const alarmNamed = (name: string) =>
    service
      .ofType('AWS::CloudWatch::Alarm')
      .map(([, { Properties: alarm }]) => alarm)
      .find(({ AlarmName: own }) => own === `resilient-service-${stage}-${name}`);

  test.each([
    ['default-state-read-failed', 1, 5, 1],
    ['account-state-read-failed', 1, 5, 1],
    ['executions-failed', 1, 5, 1],
    ['face-throttles', 1, 5, 1],
    ['server-errors', 0.1, 5, 3],
    ['slow-answers', 5_000, 5, 3],
    ['default-level-3', 3, 5, 1],
    ['account-level-3', 3, 5, 1],
    ['default-silent-tick', 1, 5, 5],
    ['account-silent-tick', 1, 5, 5],
  ])('a person hears of %s from %d on, %i minutes, %i of them', (name, threshold, of, from) => {
    const isSilence = name.endsWith('silent-tick');
    expect(alarmNamed(name)).toMatchObject({
      AlarmActions: [{ Ref: 'OperatorTopic' }],
      OKActions: [{ Ref: 'OperatorTopic' }],
      Threshold: threshold,
      EvaluationPeriods: of,
      DatapointsToAlarm: from,
      ComparisonOperator: isSilence ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
      TreatMissingData: isSilence ? 'breaching' : 'notBreaching',
    });
  });

  test('prod keeps the versions of its functions, and every deploy the packages of ten before', () => {
    const functions = service.ofType('AWS::Lambda::Function');
    const versions = service.ofType('AWS::Lambda::Version');
    expect(versions.map(([, { DeletionPolicy: policy }]) => policy)).toEqual(
      stage === 'prod' ? functions.map(() => 'Retain') : [],
    );
  });

  test('everything that takes tags says whose it is', () => {
    const tags = [
      { Key: 'Service', Value: 'resilient-service' },
      { Key: 'Stage', Value: stage },
      { Key: 'CostCenter', Value: 'resilient-service' },
    ];
    for (const [, { Properties: own }] of service.ofType('AWS::Lambda::Function')) {
      expect(own['Tags']).toEqual(expect.arrayContaining(tags));
    }
  });

  test('an event that rearms alarms is worth a minute', () => {
    const [[, invoke] = []] = service.ofType('AWS::Lambda::EventInvokeConfig');
    expect(invoke?.Properties).toMatchObject({
      FunctionName: { Ref: 'RearmDashalarmsLambdaFunction' },
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 1,
    });
  });
});

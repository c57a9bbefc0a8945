/** What a deployment has only where its parameters ask for it. */
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { ASKED, EMAIL } from './asked-params.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';

/** What each function has of its own, or at the most. */
const CONCURRENCY = {
  FullDashserviceLambdaFunction: 400,
  DegradedDashserviceLambdaFunction: 400,
  MaintenanceDashserviceLambdaFunction: 50,
  MutatorLambdaFunction: 100,
};

describe('a deployment that asks', () => {
  let service: Packaged;
  beforeAll(async () => {
    service = await packaged('dev', ASKED);
  }, 240_000);

  test('for an address has it hear of alarms and of level changes', () => {
    const emails = service
      .ofType('AWS::SNS::Subscription')
      .map(([, { Properties: subscription }]) => subscription)
      .filter(({ Protocol: protocol }) => protocol === 'email');
    expect(emails).toEqual(
      ['OperatorTopic', 'LevelChangedTopic'].map((topic) => ({
        TopicArn: { Ref: topic },
        Protocol: 'email',
        Endpoint: EMAIL,
      })),
    );
  });

  test('for a budget has one of its stage, which tells that address', () => {
    const notified = (NotificationType: string, Threshold: number) => ({
      Notification: { NotificationType, Threshold, ComparisonOperator: 'GREATER_THAN' },
      Subscribers: [{ SubscriptionType: 'EMAIL', Address: EMAIL }],
    });
    expect(service.resource('Budget').Properties).toMatchObject({
      Budget: {
        BudgetType: 'COST',
        TimeUnit: 'MONTHLY',
        BudgetLimit: { Amount: 200, Unit: 'USD' },
        CostFilters: { TagKeyValue: ['user:Stage$dev'] },
      },
      NotificationsWithSubscribers: [notified('FORECASTED', 100), notified('ACTUAL', 80)],
    });
  });

  test('for concurrency keeps it, and caps the faces', () => {
    expect(concurrencyIn(service)).toEqual(CONCURRENCY);
  });

  test('for a closed status, a name and a web ACL has them', () => {
    const { Properties: status } = service.resource('ApiGatewayMethodCircuitDashbreakerGet');
    expect(status['AuthorizationType']).toBe('AWS_IAM');
    expect(service.resource('ApiDomain').Properties).toMatchObject({
      DomainName: 'api.example.com',
    });
    expect(service.resource('ApiDomainMapping').Properties).toMatchObject({
      Stage: 'dev',
      DomainName: { Ref: 'ApiDomain' },
    });
    expect(service.resource('ApiWebAcl').Properties['WebACLArn']).toContain('webacl/mine');
  });

  test('for the live page has it behind the auth of the status, with a right to its log alone', () => {
    const methods = service
      .ofType('AWS::ApiGateway::Method')
      .filter(([id]) => id.startsWith('ApiGatewayMethodCircuitDashbreakerPage'))
      .map(([, { Properties: method }]) => [method['HttpMethod'], method['AuthorizationType']]);
    expect(methods).toEqual([
      ['GET', 'AWS_IAM'],
      ['GET', 'AWS_IAM'],
    ]);
    const role = JSON.stringify(service.resource('LivePageRole').Properties['Policies']);
    expect(role.match(/"[a-z]+:[A-Z]\w+"/g)).toEqual([
      '"logs:CreateLogStream"',
      '"logs:PutLogEvents"',
    ]);
    const page = service.resource('LiveDashpageLambdaFunction').Properties;
    expect(page['Role']).toEqual({ 'Fn::GetAtt': ['LivePageRole', 'Arn'] });
    expect(JSON.stringify(page['Environment'])).toContain('CircuitBreakerMonitoring-dev');
    const { files, bytes } = service.archive('live-page');
    expect([...files.keys()].toSorted()).toEqual([
      '.cache/page/about.json',
      '.cache/page/page.css',
      '.cache/page/page.html',
      '.cache/page/page.js',
      'functions/live-page.js',
      'functions/live-page.js.map',
      'otel/setup.cjs',
    ]);
    const setup = deflateRawSync(files.get('otel/setup.cjs') ?? '').length;
    expect(bytes - setup).toBeLessThanOrEqual(60 * 1024);
  });

  test('for all else has it', () => {
    const { Properties: workflow } = service.resource('ServiceResiliencyWorkflow');
    expect(workflow).toMatchObject({ LoggingConfiguration: { Level: 'ALL' } });
    expect(service.resource('PeopleSlowAnswersAlarm').Properties['Threshold']).toBe(900);
    expect(service.ofType('AWS::Lambda::Version')).toHaveLength(12);
    const tag = { Key: 'CostCenter', Value: 'payments' };
    expect(service.resource('MutatorLambdaFunction').Properties['Tags']).toContainEqual(tag);
  });
});

test.each(STAGES)(
  '%s, which asks for none, has no budget, and no concurrency of its own',
  async (stage) => {
    const service = await packaged(stage);
    expect(service.ofType('AWS::Budgets::Budget')).toEqual([]);
    expect(Object.keys(service.resources).filter((id) => /Page/.test(id))).toEqual([]);
    expect(concurrencyIn(service)).toEqual({});
  },
  240_000,
);

function concurrencyIn(service: Packaged) {
  const given = service
    .ofType('AWS::Lambda::Function')
    .map(([id, { Properties: own }]) => [id, own['ReservedConcurrentExecutions']] as const)
    .filter(([, reserved]) => reserved !== undefined);
  return Object.fromEntries(given);
}

/** The policy of who deploys: it covers every type that a template may hold, and names this service and stage alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { GRANTS } from '../../lib/local/deploy-policy/grants.ts';
import { deployPolicy, type Statement } from '../../lib/local/deploy-policy/policy.ts';
import everyKind from './every-kind.json' with { type: 'json' };
import { packaged, STAGES } from './packaged.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

const placeOf = (stage: string) => ({
  partition: 'aws',
  region: 'us-east-1',
  account: '123456789012',
  stack: `resilient-service-${stage}`,
  service: 'resilient-service',
  stage,
});

/** What CloudFormation knows by no name of ours, and why that is all that can be said. */
const BY_NO_NAME = [
  // REST APIs, keys and plans have ids that are made with them.
  /^arn:aws:apigateway:us-east-1::\/(restapis|tags|account|apikeys|usageplans|domainnames)/,
];

describe.each(STAGES)('on stage %s', (stage) => {
  let statements: readonly Statement[];
  let types: ReadonlySet<string>;

  beforeAll(async () => {
    const { resources } = await packaged(stage);
    types = new Set(Object.values(resources).map(({ Type: type }) => type));
    statements = deployPolicy(resources, placeOf(stage)).Statement;
  }, 240_000);

  test('every type of the template is covered by actions of its service', () => {
    expect([...types].filter((type) => GRANTS[type] === undefined)).toEqual([]);
    const services = new Set(
      statements.flatMap(({ Action: all }) => all.map((it) => it.split(':')[0])),
    );
    const missing = [...types].map(serviceOf).filter((service) => !services.has(service));
    expect(missing).toEqual([]);
  });

  test('no action is a wildcard, and what knows no ARN has a condition', () => {
    const actions = statements.flatMap(({ Action: all }) => all);
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Za-z]+$/.test(action))).toEqual([]);
    const open = statements.filter(
      ({ Resource: all, Condition: only }) => all.includes('*') && !only,
    );
    expect(open.flatMap(({ Action: all }) => all)).toEqual([
      'cloudformation:ValidateTemplate',
      'logs:DeleteResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:PutResourcePolicy',
    ]);
  });

  test('every ARN names this service and stage, or is told by its tags', () => {
    const free = statements.filter(({ Condition: only }) => only === undefined);
    const arns = free.flatMap(({ Resource: all }) => all).filter((arn) => arn !== '*');
    const others = arns.filter((arn) => !BY_NO_NAME.some((pattern) => pattern.test(arn)));
    const ours = new RegExp(`resilient-service-${stage}\\b|-${stage}\\*?$`);
    expect(others.filter((arn) => !ours.test(arn))).toEqual([]);
    expect(others.length).toBeGreaterThan(10);
  });

  test('another stage of the account is out of reach', () => {
    const other = stage === 'dev' ? 'prod' : 'dev';
    const all = JSON.stringify(statements);
    expect(all).not.toContain(`-${other}`);
    expect(all).toContain(`"aws:ResourceTag/Stage":"${stage}"`);
  });
});

/** The service of a type, as IAM calls it. */
const serviceOf = (type: string) => {
  const [, service = ''] = type.toLowerCase().split('::');
  return { stepfunctions: 'states' }[service] ?? service;
};

test('services of every kind are covered too, and the policy fits', async () => {
  const { resources } = await packaged('dev', { statusAuth: 'iam' }, everyKind);
  const policy = deployPolicy(resources, placeOf('dev'));
  const tables = policy.Statement.flatMap(({ Resource: all }) => all).filter((it) =>
    it.includes(':table/'),
  );
  expect(tables).toContain('arn:aws:dynamodb:us-east-1:123456789012:table/LastGoodTable-dev');
}, 240_000);

test('every type that anything in resources/ makes is known', () => {
  const files = readdirSync(join(ROOT, 'resources'), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => /\.(js|yml)$/.test(name))
    .map((name) => readFileSync(join(ROOT, 'resources', name), 'utf8'));
  const types = new Set(texts.join('\n').match(/(?<=Type: '?)AWS::\w+::\w+/g));
  expect(types.size).toBeGreaterThan(20);
  expect([...types].filter((type) => GRANTS[type] === undefined)).toEqual([]);
});

test('a type that is not known ends it with what to do', () => {
  const resources = { Cache: { Type: 'AWS::ElastiCache::CacheCluster' } };
  expect(() => deployPolicy(resources, placeOf('dev'))).toThrow(
    /grants\.ts must say what a deploy of AWS::ElastiCache::CacheCluster asks for/,
  );
});

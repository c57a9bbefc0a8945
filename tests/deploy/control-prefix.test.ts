/** The product's own paths behind a prefix: the packaged template, its roles and who may read the status. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { NO_REQUEST } from '../../lib/runtime/workflow.ts';
import everyKind from './every-kind.json' with { type: 'json' };
import { packaged, type Packaged } from './packaged.ts';

/** Every path of a template, with the methods that it has. */
const pathsOf = ({ ofType }: Packaged): ReadonlyMap<string, readonly string[]> => {
  const resources = new Map(ofType('AWS::ApiGateway::Resource'));
  const pathOf = (id: string | undefined): string => {
    const found = id === undefined ? undefined : resources.get(id);
    if (found === undefined) return '';
    const { ParentId: parent, PathPart: part } = found.Properties;
    return `${pathOf((parent as { Ref?: string }).Ref)}/${String(part)}`;
  };
  const paths = new Map<string, string[]>();
  for (const [, { Properties: method }] of ofType('AWS::ApiGateway::Method')) {
    const path = pathOf((method['ResourceId'] as { Ref?: string }).Ref) || '/';
    paths.set(path, [...(paths.get(path) ?? []), String(method['HttpMethod'])].toSorted());
  }
  return paths;
};

/** Loads a function's bundle. */
const handlerOf = (template: Packaged, name: string) => {
  const code = template.archive(name).files.get(`functions/${name}.js`);
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'index.cjs');
  writeFileSync(path, code ?? '');
  const bundle = createRequire(path)(path) as { handler: (event: unknown) => Promise<unknown> };
  return bundle.handler;
};

test('stand behind it in the template, and leave their names to a service', async () => {
  const template = await packaged('dev', { statusAuth: 'iam' }, everyKind);
  const paths = pathsOf(template);
  const behind = [...paths.keys()].filter((path) => path.startsWith('/the-ops'));
  expect(behind.toSorted()).toEqual([
    '/the-ops/level/circuit-breaker',
    '/the-ops/level/circuit-breaker/bypass/{proxy+}',
    '/the-ops/level/circuit-breaker/override',
    '/the-ops/level/circuit-breaker/policy',
    '/the-ops/level/circuit-breaker/reset',
    '/the-ops/level/health',
    '/the-ops/level/health/liveness',
    '/the-ops/level/health/readiness',
  ]);
  const others = [...paths].filter(([path]) => !path.startsWith('/the-ops'));
  expect(Object.fromEntries(others)).toEqual({
    '/account/{id}': ['GET', 'HEAD', 'OPTIONS'],
    '/catalogue': ['GET', 'HEAD', 'OPTIONS'],
    '/catalogue/{proxy+}': ['GET', 'HEAD', 'OPTIONS'],
    '/circuit-breaker': ['ANY', 'OPTIONS'],
    '/guarded/{id}': ['DELETE', 'OPTIONS'],
    '/health': ['GET', 'HEAD', 'OPTIONS'],
    '/orders': ['ANY', 'OPTIONS'],
    '/orders/{id}': ['GET', 'HEAD', 'OPTIONS'],
    '/orders/{id}/{proxy+}': ['ANY', 'OPTIONS'],
    '/people/{id}': ['GET', 'HEAD', 'OPTIONS', 'PATCH'],
    '/prices/{id}': ['GET', 'HEAD', 'PUT'],
    '/service-api': ['OPTIONS', 'POST'],
    '/{proxy+}': ['ANY', 'OPTIONS'],
  });
  const statuses = template
    .ofType('AWS::ApiGateway::Method')
    .filter(([id]) => id.endsWith('CircuitDashbreakerGet'));
  expect(statuses.map(([, it]) => it.Properties['AuthorizationType'])).toEqual(['AWS_IAM']);
  const unsigned = template
    .ofType('AWS::ApiGateway::Method')
    .filter(([id]) => id.startsWith('ApiGatewayMethodTheDashopsLevelCircuit'))
    .filter(([, { Properties: method }]) => method['AuthorizationType'] !== 'AWS_IAM');
  expect(unsigned.map(([, { Properties: method }]) => method['HttpMethod'])).toEqual(['OPTIONS']);
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  vi.stubEnv('LOG_LEVEL', 'silent');
  onTestFinished(() => void vi.unstubAllEnvs());
  const event = { executionId: 'x', failOpen: false, readLevel: 1, scope: 'default' };
  const face = handlerOf(template, 'full-service');
  expect(await face({ ...event, request: NO_REQUEST })).toMatchObject({ outcome: 'success' });
}, 240_000);

/** The package of a stage before APIs that Cloud Map knows: who may find which instances. */
import { beforeAll, expect, test } from 'vitest';
import { packaged, type Packaged } from './packaged.ts';

let service: Packaged;

beforeAll(async () => {
  service = await packaged('prod', {
    fullUpstreamUrl: 'cloudmap://internal.example/orders/v1',
    degradedUpstreamUrl: 'https://api.example.com/orders-lite',
    probeUrl: 'cloudmap://internal.example/orders-lite/health',
  });
}, 240_000);

const grant = (ServiceName: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['servicediscovery:DiscoverInstances'],
      Resource: '*',
      Condition: {
        StringEquals: {
          'servicediscovery:NamespaceName': 'internal.example',
          'servicediscovery:ServiceName': ServiceName,
        },
      },
    },
  ],
});

test('each face may find the service that it calls, and no other', () => {
  const policies = service
    .ofType('AWS::IAM::Policy')
    .map(([id, { Properties }]) => [id, Properties['Roles'], Properties['PolicyDocument']]);
  expect(policies).toEqual([
    ['DiscoverFullUpstreamUrl', [{ Ref: 'FullServiceRole' }], grant('orders')],
    ['DiscoverProbeUrl', [{ Ref: 'DegradedServiceRole' }], grant('orders-lite')],
  ]);
});

/** AWS Cloud Map by the AWS SDK: short time limits and one attempt, since who asks has a plan for no answer. */
import type * as Sdk from '@aws-sdk/client-servicediscovery';
import { instanceOf, type CloudMap } from './cloud-map.ts';
import { DiscoveryOptionsError } from './errors.ts';
import { processHost } from './host.ts';

/** How long a connection and an answer may take, in milliseconds. */
const CONNECTION_MS = 500;
const REQUEST_MS = 2_000;
/** What DiscoverInstances gives at most. */
const MOST_INSTANCES = 1_000;
/** Pages of 100 services that are looked through for one name. */
const MOST_PAGES = 50;

/**
 * Opens the client with the AWS configuration of the process.
 *
 * @throws DiscoveryOptionsError where the SDK is not installed.
 */
export async function openCloudMap(): Promise<CloudMap> {
  const sdk = await import('@aws-sdk/client-servicediscovery').catch((cause: unknown) => {
    throw new DiscoveryOptionsError('expected @aws-sdk/client-servicediscovery to be installed', {
      cause,
    });
  });
  const client = new sdk.ServiceDiscoveryClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    },
    // AWS answers DiscoverInstances at data-servicediscovery.…; an emulator has no such host.
    disableHostPrefix: (processHost.env['AWS_ENDPOINT_URL'] ?? '') !== '',
  });
  return {
    async namespaceName(Id) {
      const { Namespace: namespace } = await client.send(new sdk.GetNamespaceCommand({ Id }));
      return namespace?.Name ?? Id;
    },
    async discover(NamespaceName, ServiceName) {
      const { Instances: instances = [] } = await client.send(
        new sdk.DiscoverInstancesCommand({
          NamespaceName,
          ServiceName,
          HealthStatus: 'HEALTHY',
          MaxResults: MOST_INSTANCES,
        }),
      );
      return instances.map(({ InstanceId = '', Attributes = {} }) =>
        instanceOf(InstanceId, Attributes),
      );
    },
    serviceId: (namespaceId, service) => findService(sdk, client, namespaceId, service),
    async register({ serviceId: ServiceId, instanceId: InstanceId, attributes: Attributes }) {
      await client.send(new sdk.RegisterInstanceCommand({ ServiceId, InstanceId, Attributes }));
    },
    async deregister(ServiceId, InstanceId) {
      await client.send(new sdk.DeregisterInstanceCommand({ ServiceId, InstanceId }));
    },
    async setHealth(ServiceId, InstanceId, Status) {
      const health = { ServiceId, InstanceId, Status };
      await client.send(new sdk.UpdateInstanceCustomHealthStatusCommand(health));
    },
  };
}

async function findService(
  { ListServicesCommand }: typeof Sdk,
  client: Sdk.ServiceDiscoveryClient,
  namespaceId: string,
  service: string,
): Promise<string | undefined> {
  const Filters: Sdk.ServiceFilter[] = [
    { Name: 'NAMESPACE_ID', Values: [namespaceId], Condition: 'EQ' },
  ];
  let NextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await client.send(new ListServicesCommand({ Filters, NextToken }));
    const one = found.Services?.find(({ Name }) => Name === service);
    if (one !== undefined) return one.Id;
    ({ NextToken } = found);
    if (NextToken === undefined) return undefined;
  }
  return undefined;
}

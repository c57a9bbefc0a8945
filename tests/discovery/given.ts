/** A Cloud Map that the discovery tests hold in their hands. */
import { instanceOf, type CloudMap, type ServiceInstance } from '../../lib/discovery/cloud-map.ts';

/** An instance at an address and a port. */
export const instance = (id: string, port = 80, more: Record<string, string> = {}) =>
  instanceOf(id, { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: String(port), ...more });

/** What it was asked, and what it answers. */
export interface GivenCloudMap extends CloudMap {
  readonly asked: string[];
  instances: readonly ServiceInstance[];
  /** What every method rejects with, while it is set. */
  fails: Error | null;
  readonly open: () => Promise<CloudMap>;
}

/** A Cloud Map with these instances, whichever service is asked for. */
export function givenCloudMap(instances: readonly ServiceInstance[] = []): GivenCloudMap {
  const told = async <T>(what: string, answer: () => T): Promise<T> => {
    map.asked.push(what);
    if (map.fails !== null) throw map.fails;
    return answer();
  };
  const map: GivenCloudMap = {
    asked: [],
    instances,
    fails: null,
    open: async () => map,
    namespaceName: (id) => told(`namespace ${id}`, () => 'internal'),
    discover: (namespace, service) => told(`discover ${namespace}/${service}`, () => map.instances),
    serviceId: (namespaceId, name) =>
      told(`service ${namespaceId}/${name}`, () => (name === 'none' ? undefined : 'srv-1')),
    register: ({ serviceId, instanceId, attributes }) =>
      told(`register ${serviceId} ${instanceId} ${JSON.stringify(attributes)}`, () => {}),
    deregister: (serviceId, instanceId) => told(`deregister ${serviceId} ${instanceId}`, () => {}),
    setHealth: (serviceId, instanceId, status) =>
      told(`health ${serviceId} ${instanceId} ${status}`, () => {}),
  };
  return map;
}

/** A clock that a test moves. */
export function givenClock() {
  const clock = { atMs: 1_000, read: () => clock.atMs };
  return clock;
}

/** Numbers from 0 up to 1 that repeat themselves, evenly spread. */
export function givenRandom(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

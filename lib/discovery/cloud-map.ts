/** The port to AWS Cloud Map, and what an instance is. */

/** One instance of a service. */
export interface ServiceInstance {
  readonly instanceId: string;
  /** undefined where it is registered by another address. */
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  /** A host name. */
  readonly cname: string | undefined;
  /** 80 where none is registered. */
  readonly port: number;
  /** Everything that it is registered with, its own attributes among them. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What is registered of an instance. */
export interface Registration {
  readonly serviceId: string;
  readonly instanceId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What an instance says of itself. */
export type InstanceHealth = 'HEALTHY' | 'UNHEALTHY';

/** Cloud Map, as far as it is used. Every method rejects with what its client throws. */
export interface CloudMap {
  /** The name of a namespace by its id. */
  namespaceName(namespaceId: string): Promise<string>;
  /** The healthy instances, at most 1,000. */
  discover(namespace: string, service: string): Promise<readonly ServiceInstance[]>;
  /** The id of a service of a namespace by its name; undefined where there is none. */
  serviceId(namespaceId: string, service: string): Promise<string | undefined>;
  register(registration: Registration): Promise<void>;
  deregister(serviceId: string, instanceId: string): Promise<void>;
  setHealth(serviceId: string, instanceId: string, status: InstanceHealth): Promise<void>;
}

/** What Cloud Map gives every namespace for an id. */
export const isNamespaceId = (text: string): boolean => /^ns-[a-z0-9]{8,}$/.test(text);

/** What Cloud Map gives every service for an id. */
export const isServiceId = (text: string): boolean => /^srv-[a-z0-9]{8,}$/.test(text);

const DEFAULT_PORT = 80;

/** An instance from what it is registered with. */
export function instanceOf(
  instanceId: string,
  attributes: Readonly<Record<string, string>>,
): ServiceInstance {
  const {
    AWS_INSTANCE_IPV4: ipv4,
    AWS_INSTANCE_IPV6: ipv6,
    AWS_INSTANCE_CNAME: cname,
  } = attributes;
  const port = Number(attributes['AWS_INSTANCE_PORT'] ?? DEFAULT_PORT);
  const isPort = Number.isInteger(port) && port > 0 && port <= 65_535;
  return { instanceId, ipv4, ipv6, cname, port: isPort ? port : DEFAULT_PORT, attributes };
}

/** Where an instance is, as a URL has it: `10.0.0.7:3000`. */
export function hostOf({ ipv4, ipv6, cname, port }: ServiceInstance): string | null {
  const host = ipv4 ?? (ipv6 === undefined ? cname : `[${ipv6}]`);
  return host === undefined ? null : `${host}:${port}`;
}

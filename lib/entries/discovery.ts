/** The entry of service discovery by AWS Cloud Map: registering an instance, finding others. */
export type { InstanceHealth, ServiceInstance } from '../discovery/cloud-map.ts';
export {
  DiscoveryOptionsError,
  LookUpError,
  NoInstanceError,
  UnknownServiceError,
} from '../discovery/errors.ts';
export { ServiceLocator, type LocatorOptions } from '../discovery/locator.ts';
export {
  createServiceDiscovery,
  ServiceDiscoveryManager,
  type DiscoveryProblem,
  type ServiceDiscoveryOptions,
} from '../discovery/registration.ts';

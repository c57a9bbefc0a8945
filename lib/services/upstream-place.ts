/** Where an upstream is: at its URL, or at one of the instances that Cloud Map knows of its service. */
import { hostOf, type ServiceInstance } from '../discovery/cloud-map.ts';
import { LookUpError, NoInstanceError } from '../discovery/errors.ts';
import type { ServiceLocator } from '../discovery/locator.ts';
import { UpstreamNetworkError } from './upstream-reply.ts';
import { CLOUD_MAP } from './upstream-settings.ts';

/** Sends to where a URL leads to just now. */
export type Place = <T>(url: URL, send: (target: URL) => Promise<T>) => Promise<T>;

/** Finds the instances of `cloudmap://namespace/service`. */
export type Instances = Pick<ServiceLocator, 'call'>;

/** A URL leads to itself. */
const itself: Place = (url, send) => send(url);

/**
 * Leads a `cloudmap:` URL to an instance, by plain HTTP, and another one to itself. What the instance
 * answers decides whether it is called again soon.
 *
 * @param isFailure Whether an error tells of the instance's health.
 */
export function placeOf(
  instances: Instances | undefined,
  isFailure: (error: unknown) => boolean,
): Place {
  if (instances === undefined) return itself;
  return async (url, send) => {
    if (url.protocol !== CLOUD_MAP) return send(url);
    const [, service = '', ...path] = url.pathname.split('/');
    const namespace = decodeURIComponent(url.hostname);
    const sendTo = (instance: ServiceInstance) => {
      const host = hostOf(instance);
      // Registered without an address it can never be reached.
      if (host === null) throw new NoInstanceError(service, namespace);
      return send(new URL(`http://${host}/${path.join('/')}${url.search}`));
    };
    try {
      return await instances.call(decodeURIComponent(service), namespace, sendTo, isFailure);
    } catch (error) {
      const isUnfound = error instanceof NoInstanceError || error instanceof LookUpError;
      if (isUnfound) throw new UpstreamNetworkError(`${url.protocol}//${namespace}`, false, error);
      throw error;
    }
  };
}

/** Finds the instances of a service and shares the calls among them. */
import { monotonicMs, random as systemRandom } from '../breaker/host.ts';
import { choose, endCall, newLoad, type Load } from './balance.ts';
import { isNamespaceId, type CloudMap, type ServiceInstance } from './cloud-map.ts';
import { DiscoveryOptionsError, LookUpError, NoInstanceError } from './errors.ts';
import { LookUps } from './look-ups.ts';
import { once, sdkCloudMap } from './once.ts';

/** What a locator may be given in place of the real thing. */
export interface LocatorOptions {
  /** AWS Cloud Map by the AWS SDK (`@aws-sdk/client-servicediscovery`), loaded by the first look-up, by default. */
  readonly cloudMap?: () => Promise<CloudMap>;
  /** Monotonic milliseconds; the clock of this process by default. */
  readonly clock?: () => number;
  /** A number from 0 up to but not including 1; that of the process by default. */
  readonly random?: () => number;
}

/** How long it is told that there is no instance, in milliseconds. */
const NONE_MS = 1_000;

/** The services that one locator knows at a time. */
const MOST_SERVICES = 100;

/** What is known of the calls to one service, by instance. */
type Loads = Map<string, Load>;

/**
 * Finds instances. What it found it tells for ttlMs; look-ups at the same time are one; shortly before
 * the end of that time it looks again beside the use; where Cloud Map does not answer it tells what it
 * found before.
 *
 * @example
 * const locator = new ServiceLocator(60_000);
 * await locator.call('vendor-svc', 'internal', ({ ipv4, port }) => fetch(`http://${ipv4}:${port}/`));
 */
export class ServiceLocator {
  readonly #cloudMap: () => Promise<CloudMap>;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #lookUps: LookUps<readonly ServiceInstance[]>;
  readonly #names: LookUps<string>;
  readonly #loads = new Map<string, Loads>();
  readonly #placeOf = new WeakMap<ServiceInstance, Load>();

  /**
   * @param ttlMs How long what was found is told again: 1 to 86,400,000 ms; 60,000 by default.
   * @throws DiscoveryOptionsError for another ttlMs.
   */
  constructor(ttlMs = 60_000, options: LocatorOptions = {}) {
    if (!(ttlMs >= 1 && ttlMs <= 86_400_000)) {
      throw new DiscoveryOptionsError(
        `expected ttlMs to be from 1 to 86,400,000, got ${String(ttlMs)}`,
      );
    }
    this.#cloudMap = once(options.cloudMap ?? sdkCloudMap);
    this.#clock = options.clock ?? monotonicMs;
    this.#random = options.random ?? systemRandom;
    const limits = { limit: MOST_SERVICES, clock: this.#clock };
    this.#lookUps = new LookUps({
      ...limits,
      // Where none was found, the next one is waited for.
      ttlMs: ({ length }) => (length === 0 ? Math.min(ttlMs, NONE_MS) : ttlMs),
    });
    // A namespace keeps its name.
    this.#names = new LookUps({ ...limits, ttlMs: () => Infinity });
  }

  /**
   * The healthy instances of a service.
   *
   * @param namespace Its name, or its id (`ns-…`).
   * @throws LookUpError where Cloud Map does not answer and nothing is known from before.
   */
  async getServiceInstances(
    service: string,
    namespace: string,
  ): Promise<readonly ServiceInstance[]> {
    const key = keyOf(service, namespace);
    try {
      return await this.#lookUps.get(key, async () => {
        const cloudMap = await this.#cloudMap();
        const name = await this.#nameOf(cloudMap, namespace);
        const instances = await cloudMap.discover(name, service);
        this.#keepLoads(key, instances);
        return instances;
      });
    } catch (cause) {
      throw new LookUpError(`${service} in ${namespace}`, { cause });
    }
  }

  /**
   * One instance: of two drawn at random the less busy one. Instances that kept failing are left out for
   * a while.
   *
   * @param namespace Its name, or its id (`ns-…`).
   * @returns null where none is healthy.
   * @throws As getServiceInstances.
   */
  async getServiceInstance(service: string, namespace: string): Promise<ServiceInstance | null> {
    const instances = await this.getServiceInstances(service, namespace);
    if (instances.length === 0) return null;
    const loads = instances.map((instance) => this.#loadOf(instance));
    return instances[choose(loads, this.#clock(), this.#random)] ?? null;
  }

  /**
   * Calls one instance, and learns from how it went.
   *
   * @param isFailure Whether an error is the instance's fault; every error is by default.
   * @throws NoInstanceError where none is healthy; LookUpError; what fn throws.
   */
  async call<T>(
    service: string,
    namespace: string,
    fn: (instance: ServiceInstance) => T | PromiseLike<T>,
    isFailure: (error: unknown) => boolean = () => true,
  ): Promise<T> {
    const instance = await this.getServiceInstance(service, namespace);
    if (instance === null) throw new NoInstanceError(service, namespace);
    const end = this.track(instance);
    try {
      const value = await fn(instance);
      end(true);
      return value;
    } catch (error) {
      end(!isFailure(error));
      throw error;
    }
  }

  /**
   * Counts a call to an instance that this locator gave, for who makes it elsewhere.
   *
   * @returns Ends it: whether the instance did well. To end it twice does nothing.
   */
  track(instance: ServiceInstance): (succeeded: boolean) => void {
    const load = this.#loadOf(instance);
    const startedAtMs = this.#clock();
    let ended = false;
    load.inFlight += 1;
    return (succeeded) => {
      if (ended) return;
      ended = true;
      const atMs = this.#clock();
      endCall(load, !succeeded, atMs - startedAtMs, atMs);
    };
  }

  #loadOf(instance: ServiceInstance): Load {
    const known = this.#placeOf.get(instance);
    if (known !== undefined) return known;
    const load = newLoad();
    this.#placeOf.set(instance, load);
    return load;
  }

  /** An instance that is found again is the one that was known, and one that is gone is forgotten. */
  #keepLoads(key: string, instances: readonly ServiceInstance[]): void {
    const before = this.#loads.get(key);
    const loads: Loads = new Map();
    for (const instance of instances) {
      const load = before?.get(instance.instanceId) ?? newLoad();
      loads.set(instance.instanceId, load);
      this.#placeOf.set(instance, load);
    }
    this.#loads.delete(key);
    this.#loads.set(key, loads);
    const [oldest = key] = this.#loads.keys();
    if (this.#loads.size > MOST_SERVICES) this.#loads.delete(oldest);
  }

  async #nameOf(cloudMap: CloudMap, namespace: string): Promise<string> {
    if (!isNamespaceId(namespace)) return namespace;
    return this.#names.get(namespace, () => cloudMap.namespaceName(namespace));
  }
}

/** Neither a service's name nor a namespace's has a slash. */
function keyOf(service: string, namespace: string): string {
  for (const [what, name] of Object.entries({ service, namespace })) {
    if (typeof name !== 'string' || name === '') {
      throw new DiscoveryOptionsError(
        `expected the name of the ${what} to be a string that is not empty, got ${name}`,
      );
    }
  }
  return `${namespace}/${service}`;
}

/** Registers this process as an instance of a service, and takes it out when it ends. */
import {
  random as systemRandom,
  startTimer,
  stopTimer,
  warn,
  type Timer,
} from '../breaker/host.ts';
import { isServiceId, type CloudMap, type InstanceHealth } from './cloud-map.ts';
import { DiscoveryOptionsError, UnknownServiceError } from './errors.ts';
import { processHost, type DiscoveryHost } from './host.ts';
import { once, sdkCloudMap } from './once.ts';

/** What an instance is registered with. */
export interface ServiceDiscoveryOptions {
  /** `ns-…` */
  readonly namespaceId: string;
  /** A service of that namespace: its name, or its id (`srv-…`). */
  readonly serviceName: string;
  /** 1 to 64 characters, one of its own for each process. */
  readonly instanceId: string;
  /**
   * For whoever finds it. AWS_INSTANCE_IPV4 is the first address of this machine that others can reach
   * by default, AWS_INSTANCE_PORT what PORT says in the environment.
   */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Where its health is asked, as the attribute HEALTH_CHECK_URL. */
  readonly healthCheckUrl?: string;
  /** Told of what fails: nothing of it stops the service. A warning of the process by default. */
  readonly onProblem?: (problem: DiscoveryProblem) => unknown;
  /** As of ServiceLocator. */
  readonly cloudMap?: () => Promise<CloudMap>;
  /** The process, by default. */
  readonly host?: DiscoveryHost;
}

/** What could not be done. */
export interface DiscoveryProblem {
  readonly operation: 'register' | 'deregister' | 'updateHealthStatus';
  readonly error: unknown;
}

/** How long is waited before a failed registration is tried again, in milliseconds; doubled each time. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** How long an ending process waits for its deregistration, in milliseconds. */
const DEREGISTER_MS = 2_000;

/** Registers one instance. No method rejects: a service runs on without its discovery. */
export class ServiceDiscoveryManager {
  readonly #options: ServiceDiscoveryOptions;
  readonly #host: DiscoveryHost;
  readonly #cloudMap: () => Promise<CloudMap>;
  #serviceId: string | null = null;
  #wanted = false;
  #registered = false;
  #health: InstanceHealth | null = null;
  #waiting: Timer | null = null;
  #failures = 0;

  constructor(options: ServiceDiscoveryOptions) {
    this.#options = options;
    this.#host = options.host ?? processHost;
    this.#cloudMap = once(options.cloudMap ?? sdkCloudMap);
  }

  /** Whether Cloud Map has taken the registration. */
  get registered(): boolean {
    return this.#registered;
  }

  /** Registers; where that fails it is tried again, until it succeeds or deregister is called. */
  async register(): Promise<void> {
    this.#wanted = true;
    await this.#tryToRegister();
  }

  /** Takes the instance out, and gives up a registration that did not succeed yet. */
  async deregister(): Promise<void> {
    this.#wanted = false;
    stopTimer(this.#waiting);
    this.#waiting = null;
    if (!this.#registered) return;
    await this.#attempt('deregister', async (cloudMap, serviceId) => {
      await cloudMap.deregister(serviceId, this.#options.instanceId);
      this.#registered = false;
    });
  }

  /** Says how the instance is, if it did not say so before. The service needs a custom health check. */
  async updateHealthStatus(status: InstanceHealth): Promise<void> {
    if (this.#health === status) return;
    await this.#attempt('updateHealthStatus', async (cloudMap, serviceId) => {
      await cloudMap.setHealth(serviceId, this.#options.instanceId, status);
      this.#health = status;
    });
  }

  async #tryToRegister(): Promise<void> {
    this.#waiting = null;
    await this.#attempt('register', async (cloudMap, serviceId) => {
      const { instanceId } = this.#options;
      await cloudMap.register({ serviceId, instanceId, attributes: this.#attributes() });
      this.#registered = true;
    });
    if (this.#registered && !this.#wanted) await this.deregister();
    if (this.#registered || !this.#wanted) return;
    const boundMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    const again = () => {
      void this.#tryToRegister();
    };
    this.#waiting = startTimer(again, boundMs * (0.5 + systemRandom() / 2), true);
  }

  #attributes(): Record<string, string> {
    const { attributes, healthCheckUrl } = this.#options;
    const { PORT: port } = this.#host.env;
    return {
      AWS_INSTANCE_IPV4: this.#host.ipv4(),
      ...(port !== undefined && /^\d+$/.test(port) && { AWS_INSTANCE_PORT: port }),
      ...(healthCheckUrl !== undefined && { HEALTH_CHECK_URL: healthCheckUrl }),
      ...attributes,
    };
  }

  async #attempt(
    operation: DiscoveryProblem['operation'],
    work: (cloudMap: CloudMap, serviceId: string) => Promise<void>,
  ): Promise<void> {
    try {
      const cloudMap = await this.#cloudMap();
      await work(cloudMap, await this.#service(cloudMap));
    } catch (error) {
      this.#tell({ operation, error });
    }
  }

  async #service(cloudMap: CloudMap): Promise<string> {
    const { namespaceId, serviceName, instanceId } = this.#options;
    for (const [name, value] of Object.entries({ namespaceId, serviceName, instanceId })) {
      if (typeof value !== 'string' || value === '') {
        throw new DiscoveryOptionsError(
          `expected ${name} to be a string that is not empty, got ${value}`,
        );
      }
    }
    if (isServiceId(serviceName)) return serviceName;
    this.#serviceId ??= (await cloudMap.serviceId(namespaceId, serviceName)) ?? null;
    if (this.#serviceId === null) throw new UnknownServiceError(serviceName, namespaceId);
    return this.#serviceId;
  }

  #tell(problem: DiscoveryProblem): void {
    const { onProblem } = this.#options;
    if (onProblem === undefined) {
      const { operation, error } = problem;
      const why = error instanceof Error ? error.message : String(error);
      warn(`service discovery: ${operation} failed: ${why}`, error);
      return;
    }
    try {
      const told = onProblem(problem);
      if (told instanceof Promise) told.catch(ignore);
    } catch {
      // Who is told changes nothing.
    }
  }
}

/**
 * Registers this process, and takes it out at SIGTERM and SIGINT: then the process ends as it would have,
 * at the latest after 2 s. It never rejects; a registration that fails is tried again in the background.
 */
export async function createServiceDiscovery(
  options: ServiceDiscoveryOptions,
): Promise<ServiceDiscoveryManager> {
  const manager = new ServiceDiscoveryManager(options);
  (options.host ?? processHost).onEnd(() => withinTime(manager.deregister()));
  await manager.register();
  return manager;
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: Timer | null = null;
  const timeIsUp = new Promise<void>((resolve) => {
    timer = startTimer(resolve, DEREGISTER_MS);
  });
  await Promise.race([work, timeIsUp]);
  stopTimer(timer);
}

function ignore(): void {}

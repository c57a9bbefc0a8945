/** Which service stands behind which scope: the module that its entry names, or an API by its URLs. */
import { serviceOf } from '../store/level-store.ts';
import type { BankParts } from './bank.ts';
import { maintenanceFaceOf, type MaintenanceAnswer, type ReadText } from './maintenance-answer.ts';
import type { Service, ServiceSettings } from './service.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** What a module of services/ is made with. */
export interface ModuleSettings extends ServiceSettings, BankParts, UpstreamParts {}

/** What the services are made with. */
interface RegistrySettings extends ModuleSettings {
  /** What a service answers in maintenance in place of its module or API. */
  readonly maintenance: Readonly<Record<string, MaintenanceAnswer>>;
  /** Where such an answer has its file. */
  readonly readText: ReadText;
}

/** What the default export of a module of services/ is: it makes the three faces and the probe. */
export type CreateService = (settings: ModuleSettings) => Service;

/** What serves a scope: the file services/NAME.ts, or an API. */
export type Serves =
  | { readonly module: string }
  | { readonly module?: undefined; readonly upstream: UpstreamSettings };

/** Makes the services, by scope. */
export async function createServices(
  entries: Readonly<Record<string, Serves>>,
  settings: RegistrySettings,
): Promise<Readonly<Record<string, Service>>> {
  const all = Object.entries(entries).map(
    async ([scope, serves]) =>
      [scope, withOwnWords(scope, await made(serves, settings), settings)] as const,
  );
  return Object.fromEntries(await Promise.all(all));
}

function withOwnWords(scope: string, service: Service, settings: RegistrySettings): Service {
  const own = settings.maintenance[serviceOf(scope)];
  if (own === undefined) return service;
  return { ...service, maintenance: maintenanceFaceOf(own, settings.readText) };
}

async function made(serves: Serves, settings: ModuleSettings): Promise<Service> {
  if (serves.module === undefined) {
    // Its HTTP client and breaker are loaded only where it serves: they would double a cold start.
    const { createUpstreamService } = await import('./upstream.ts');
    return createUpstreamService(serves.upstream, settings);
  }
  // Each is in the bundle, since the path is a pattern there; it is loaded where it serves.
  const { default: create } = (await import(`../../services/${serves.module}.ts`)) as {
    readonly default: CreateService;
  };
  return create(settings);
}

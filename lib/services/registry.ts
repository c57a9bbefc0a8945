/** Which service stands behind which scope: the module that its entry names, or an API by its URLs. */
import type { BankParts } from './bank.ts';
import { maintenanceFaceOf, type MaintenanceAnswer, type ReadText } from './maintenance-answer.ts';
import type { Service, ServiceSettings } from './service.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** What a module of services/ is made with. */
export interface ModuleSettings extends ServiceSettings, BankParts, UpstreamParts {}

/** What the services are made with. */
interface RegistrySettings extends ModuleSettings {
  /** What a scope answers in maintenance in place of its service. */
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
  const made = Object.entries(entries).map(
    async ([scope, serves]) =>
      [scope, withOwnWords(scope, await serviceOf(serves, settings), settings)] as const,
  );
  return Object.fromEntries(await Promise.all(made));
}

function withOwnWords(scope: string, service: Service, settings: RegistrySettings): Service {
  const own = settings.maintenance[scope];
  if (own === undefined) return service;
  return { ...service, maintenance: maintenanceFaceOf(own, settings.readText) };
}

async function serviceOf(serves: Serves, settings: ModuleSettings): Promise<Service> {
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

/** Which service stands behind which scope: the module that its entry names, or an API by its URLs. */
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { BankParts } from './bank.ts';
import type { Service, ServiceSettings } from './service.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** What a module of services/ is made with. */
export interface ModuleSettings extends ServiceSettings, BankParts {
  readonly telemetry: Telemetry;
}

/** What the default export of a module of services/ is: it makes the three faces and the probe. */
export type CreateService = (settings: ModuleSettings) => Service;

/** What serves a scope. */
interface Entry {
  /** The file services/NAME.ts. */
  readonly module?: string | undefined;
}

/**
 * Makes the services, by scope.
 *
 * @param settings.upstream What serves the scope that names no module.
 */
export async function createServices(
  entries: Readonly<Record<string, Entry>>,
  settings: ModuleSettings & { readonly upstream?: UpstreamSettings },
): Promise<Readonly<Record<string, Service>>> {
  const made = Object.entries(entries).map(async ([scope, { module }]) => {
    const service = module === undefined ? fromUrls(settings) : fromModule(module, settings);
    return [scope, await service] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

/** Each is in the bundle, since its path is a pattern there; it is loaded where it serves. */
async function fromModule(module: string, settings: ModuleSettings): Promise<Service> {
  const { default: create } = (await import(`../../services/${module}.ts`)) as {
    readonly default: CreateService;
  };
  return create(settings);
}

/** Its HTTP client and breaker are loaded only where it serves: they would double a cold start. */
async function fromUrls(
  settings: ModuleSettings & { readonly upstream?: UpstreamSettings },
): Promise<Service> {
  const { upstream, telemetry } = settings;
  if (upstream === undefined) throw new Error('a service without a module needs its URLs');
  const { createUpstreamService } = await import('./upstream.ts');
  return createUpstreamService(upstream, telemetry);
}

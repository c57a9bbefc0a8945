/** Which service stands behind which scope: put your own here, in place of the demo. */
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createBankService, type BankParts } from './bank.ts';
import { createDemoService } from './demo.ts';
import { maintenanceFaceOf, type MaintenanceAnswer, type ReadText } from './maintenance-answer.ts';
import type { Service, ServiceSettings } from './service.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** What the services are made with. */
interface RegistrySettings extends ServiceSettings, BankParts {
  /** Serves in place of the demo. */
  readonly upstream?: UpstreamSettings;
  readonly telemetry: Telemetry;
  /** What a scope answers in maintenance in place of its service. */
  readonly maintenance: Readonly<Record<string, MaintenanceAnswer>>;
  /** Where such an answer has its file. */
  readonly readText: ReadText;
}

/** Makes the services, by scope. */
export async function createServices(
  settings: RegistrySettings,
): Promise<Readonly<Record<string, Service>>> {
  const services: Readonly<Record<string, Service>> = {
    default: (await upstreamService(settings)) ?? createDemoService(settings),
    account: createBankService(settings),
  };
  const entries = Object.entries(services).map(([scope, service]) => {
    const own = settings.maintenance[scope];
    if (own === undefined) return [scope, service] as const;
    return [scope, { ...service, maintenance: maintenanceFaceOf(own, settings.readText) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Its HTTP client and breaker are loaded only where it serves: they would double a cold start. */
async function upstreamService({ upstream, telemetry }: RegistrySettings): Promise<Service | null> {
  if (upstream === undefined) return null;
  const { createUpstreamService } = await import('./upstream.ts');
  return createUpstreamService(upstream, telemetry);
}

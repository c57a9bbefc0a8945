/** Which service stands behind which scope: put your own here, in place of the demo. */
import type { Monitors } from '../telemetry/monitors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createBankService, type BankParts } from './bank.ts';
import { createDemoService } from './demo.ts';
import type { Service, ServiceSettings } from './service.ts';
import type { Instances } from './upstream-place.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** What the services are made with. */
interface RegistrySettings extends ServiceSettings, BankParts {
  /** Serves in place of the demo. */
  readonly upstream?: UpstreamSettings;
  readonly telemetry: Telemetry;
  /** Where the services' breakers are listed; those of this process by default. */
  readonly monitors?: Monitors;
  /** Finds the instances of APIs named `cloudmap:`; there are none without it. */
  readonly instances?: Instances;
}

/** Makes the services, by scope. */
export async function createServices(
  settings: RegistrySettings,
): Promise<Readonly<Record<string, Service>>> {
  return {
    default: (await upstreamService(settings)) ?? createDemoService(settings),
    account: createBankService(settings),
  };
}

/** Its HTTP client and breaker are loaded only where it serves: they would double a cold start. */
async function upstreamService(settings: RegistrySettings): Promise<Service | null> {
  const { upstream, telemetry, monitors, instances } = settings;
  if (upstream === undefined) return null;
  const { createUpstreamService } = await import('./upstream.ts');
  return createUpstreamService(upstream, telemetry, { monitors, instances });
}

/** Which service stands behind which scope: put your own here, in place of the demo. */
import { createDemoService } from './demo.ts';
import type { Service, ServiceSettings } from './service.ts';

/** Makes the services, by scope. */
export function createServices(settings: ServiceSettings): Readonly<Record<string, Service>> {
  return {
    default: createDemoService(settings),
  };
}

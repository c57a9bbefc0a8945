/** A process that the health tests hold in their hands: its clock, its environment, its memory. */
import type { HealthHost } from '../../lib/health/host.ts';

/** A process whose parts a test moves. */
export interface GivenHost extends HealthHost {
  atMs: number;
  env: Record<string, string | undefined>;
  usedBytes: number;
}

/** A process at noon, with half of its 100 bytes taken. */
export function givenHost(env: GivenHost['env'] = {}): GivenHost {
  const host: GivenHost = {
    atMs: Date.UTC(2026, 0, 2, 12),
    env,
    usedBytes: 50,
    nowMs: () => host.atMs,
    monotonicMs: () => host.atMs,
    memory: () => ({ usedBytes: host.usedBytes, limitBytes: 100 }),
  };
  return host;
}

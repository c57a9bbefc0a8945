/** What a tick may try: its share of the probes and canaries of the whole fleet. */
import { claimProbe } from '../level/claim.ts';
import { isRamping } from '../level/ramp.ts';
import { stateKeyOf } from './level-store.ts';
import type { Protocol } from './record-outcome.ts';
import { stateOf } from './row.ts';

/** Which face a tick is to try now. */
export type DueProbe = 'degraded' | 'full' | 'none';

/**
 * Finds what is due and claims it: at level 3 the degraded face, by a conditional write; at level 2, once
 * the dwell is over, the full face, which needs no claim, as no canary does.
 *
 * @throws StoreThrottledError, StoreUnavailableError, RowMalformedError
 */
export async function dueProbe(protocol: Protocol, scope: string, atMs: number): Promise<DueProbe> {
  const stateKey = stateKeyOf(scope);
  const state = stateOf(stateKey, await protocol.store.read(stateKey));
  // One that has expired goes first, with an epoch of its own.
  if (state.override !== undefined) return 'none';
  const policy = protocol.policyOf(state.policy, scope);
  if (isRamping(state, policy, atMs)) return 'full';
  if (state.currentLevel !== 3) return 'none';
  const { probeIntervalMs = policy.probeIntervalMs, nextProbeAtMs = 0 } = state;
  if (probeIntervalMs === 0) return 'degraded';
  if (nextProbeAtMs > atMs) return 'none';
  const claimed = await protocol.store.write(stateKey, claimProbe(state, probeIntervalMs, atMs));
  return claimed === null ? 'none' : 'degraded';
}

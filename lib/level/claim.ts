/** The election of a probe: whoever moves its time on first may try, the others may not. */
import { asSeen, fenceOf, type ConditionalWrite } from './fence.ts';
import type { LevelState } from './state.ts';

/**
 * Claims the probe that is due at level 3. The workflow writes the same by itself.
 *
 * @param seen The row as it was read: of two that saw the same time one wins.
 * @param intervalMs How long the claim keeps others from claiming, in milliseconds: if the probe's result
 *   never comes, the next one is due then.
 * @param atMs Now, in epoch milliseconds.
 */
export function claimProbe(seen: LevelState, intervalMs: number, atMs: number): ConditionalWrite {
  const expect = fenceOf(seen, atMs, [asSeen('nextProbeAtMs', seen.nextProbeAtMs)]);
  return { expect, set: { nextProbeAtMs: atMs + intervalMs } };
}

/** The status of a scope as the control plane answers it. */
import type { Change, LevelState } from '../level/state.ts';
import { readHistory } from '../store/history.ts';
import { stateKeyOf } from '../store/level-store.ts';
import { lookAtReplicas, type ReplicasStatus } from '../store/replica-status.ts';
import { stateOf } from '../store/row.ts';
import { describeStatus } from '../store/status.ts';
import type { LevelRuntime } from './level-runtime.ts';
import { replicasOf } from './tell-replicas.ts';

/** The status of a scope; with its read replicas where it has some and they were looked at. */
export type LevelStatus = ReturnType<typeof describeStatus> & {
  readonly readReplicas?: ReplicasStatus;
};

/**
 * The status as the table tells it now: two strongly consistent reads, of the row and of its history, and one of
 * each read replica.
 *
 * @throws StoreThrottledError, StoreUnavailableError, RowMalformedError
 */
export async function readStatus(runtime: LevelRuntime, scope: string): Promise<LevelStatus> {
  const { store } = runtime.protocol;
  const stateKey = stateKeyOf(scope);
  const [item, history] = await Promise.all([store.read(stateKey), readHistory(store, scope)]);
  const state = stateOf(stateKey, item);
  const status = statusOf(runtime, scope, state, history);
  const count = replicasOf(runtime, scope);
  if (count === 0) return status;
  const row = { scope, state, policy: status.policy };
  const readReplicas = await lookAtReplicas(store, row, count, runtime.clock.nowMs());
  return { ...status, readReplicas };
}

/** The status of a row that is at hand. */
export function statusOf(
  { protocol, deployedPolicyOf, presetOf, clock }: LevelRuntime,
  scope: string,
  state: LevelState,
  history: readonly Change[],
): LevelStatus {
  return describeStatus(scope, {
    state,
    history,
    preset: presetOf(scope),
    deployed: deployedPolicyOf(scope),
    policy: protocol.policyOf(state.policy, scope),
    atMs: clock.nowMs(),
  });
}

/** Tells the read replicas of a scope what its row says, and the operators where that failed. */
import type { LevelState } from '../level/state.ts';
import {
  tellingAfter,
  tellReplicas,
  type RecordedRead,
  type ReplicasOf,
} from '../store/replicas.ts';
import type { LevelRuntime } from './level-runtime.ts';

/** How many read replicas the row of a scope has. */
export function replicasOf({ scopes }: LevelRuntime, scope: string): number {
  return scopes[scope]?.readReplicas ?? 0;
}

/** Tells them of a new epoch, unless somebody else has since. Never throws. */
export async function tellOfChange(
  runtime: LevelRuntime,
  scope: string,
  row: LevelState,
): Promise<void> {
  await tell(runtime, scope, { version: row.replicaVersion });
}

/** Tells them where an outcome moved the level, or has shown that they are behind. Never throws. */
export async function tellAfter(
  runtime: LevelRuntime,
  scope: string,
  read: RecordedRead,
): Promise<void> {
  if (replicasOf(runtime, scope) === 0) return;
  const after = tellingAfter(runtime.protocol, scope, read, runtime.clock.nowMs());
  if (after !== null) await tell(runtime, scope, after);
}

/** Tells them whatever they hold, and renews how long they are believed. Never throws. */
export function renewReplicas(runtime: LevelRuntime, scope: string): Promise<void> {
  return tell(runtime, scope);
}

async function tell(
  runtime: LevelRuntime,
  scope: string,
  after?: ReplicasOf['after'],
): Promise<void> {
  const { protocol, clock, telemetry } = runtime;
  const count = replicasOf(runtime, scope);
  if (count === 0) return;
  const replicas = { scope, count, ...(after !== undefined && { after }) };
  const told = await tellReplicas(protocol, replicas, clock.nowMs());
  if (told === null || told.behind === 0) return;
  telemetry.warn('replicas behind', { scope, behind: told.behind, error: told.error });
  telemetry.count('ReplicaBehind', scope, told.behind);
}

/** The row as a request read it, on its way through the workflow in DynamoDB's own JSON. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Level } from '../level/level.ts';
import { INITIAL_STATE, type LevelState } from '../level/state.ts';
import { exactNumber } from './dynamo-client.ts';
import { isReplicaKey } from './level-store.ts';
import { parseRow } from './row.ts';

/**
 * Understands it as far as possible: what cannot be understood stands at its default, since the row itself
 * is judged again by the write.
 *
 * @param item undefined: the workflow is one of before, which passed level and epoch alone.
 * @param fence What the workflow took for the row's level and epoch.
 */
export function seenRow(
  item: Readonly<Record<string, unknown>> | undefined,
  fence: { readonly level: Level; readonly epoch: number },
): LevelState {
  return { ...parsed(item), currentLevel: fence.level, epoch: fence.epoch };
}

/** Whether it is a replica's. */
export function isReplica(item: Readonly<Record<string, unknown>> | undefined): boolean {
  const key = item?.['PK'] as { readonly S?: unknown } | undefined;
  return isReplicaKey(key?.S);
}

function parsed(item: Readonly<Record<string, unknown>> | undefined): LevelState {
  if (item === undefined) return INITIAL_STATE;
  try {
    const attributes = item as Record<string, AttributeValue>;
    return parseRow(unmarshall(attributes, { wrapNumbers: exactNumber })).state;
  } catch {
    return INITIAL_STATE;
  }
}

/** One conditional write on one item, as DynamoDB carries it out: the table of simulations and searches. */
import { isDeepStrictEqual } from 'node:util';
import type {
  AsReadFence,
  Condition,
  ConditionalWrite,
  EvidenceFence,
  NotNotifiedFence,
  ReplicaFence,
} from '../level/fence.ts';
import { StoreUnavailableError } from '../store/errors.ts';
import type { Item } from '../store/level-store.ts';

/**
 * Applies a write to a copy.
 *
 * @param item The row; only its key where there is none yet.
 * @returns The row after the write, or null if the fence does not hold.
 * @throws StoreUnavailableError where the table would refuse the write: a sum with what is no number.
 */
export function applyWrite(item: Item, write: ConditionalWrite): Item | null {
  const { expect, set, setIfAbsent = {}, add = {}, remove = [] } = write;
  if (!meets(item, expect)) return null;
  const after: Record<string, unknown> = { ...item };
  for (const [name, given] of Object.entries(setIfAbsent)) after[name] ??= given;
  for (const [name, given] of Object.entries(set)) after[name] = given;
  for (const [name, amount] of Object.entries(add)) after[name] = sum(item[name], amount);
  for (const name of remove) delete after[name];
  return after;
}

function meets(item: Item, fence: ConditionalWrite['expect']): boolean {
  switch (fence.kind) {
    case 'evidence':
      return meetsEvidence(item, fence);
    case 'as-read':
      return isAsRead(item, fence);
    case 'not-notified':
      return isNotNotified(item, fence);
    case 'replica-version':
      return item['replicaVersion'] === fence.version;
    case 'replica':
      return isLater(item, fence);
    case 'none':
      return true;
  }
}

/** Only a stored item has more than its key. */
function isNotNotified(item: Item, { epoch }: NotNotifiedFence): boolean {
  const mark = item['notifiedEpoch'];
  const isStored = Object.keys(item).length > 1;
  return isStored && (typeof mark !== 'number' || mark < epoch);
}

/** Numbers compare with numbers alone. */
function isLater(item: Item, { epoch, version, atMs }: ReplicaFence): boolean {
  const { freshUntilMs, epoch: heldEpoch, replicaVersion: held } = item;
  if (typeof freshUntilMs !== 'number' || freshUntilMs <= atMs) return true;
  if (typeof heldEpoch !== 'number') return false;
  const isBefore = typeof held === 'number' && held < version;
  return heldEpoch < epoch || (heldEpoch === epoch && isBefore);
}

function meetsEvidence(item: Item, fence: EvidenceFence): boolean {
  const { level, epoch, atMs, evidence } = fence;
  return (
    (item['currentLevel'] === undefined ? level === 1 : item['currentLevel'] === level) &&
    (item['epoch'] === undefined ? epoch === 0 : item['epoch'] === epoch) &&
    (item['override'] === undefined || isAtMost(untilMsOf(item['override']), atMs)) &&
    evidence.every((condition) => holds(item[condition.attribute], condition)) &&
    (fence.mostOneIn === undefined || meetsShare(item, atMs, fence.mostOneIn)) &&
    (fence.updatedBy === undefined || wasUpdatedBy(item['lastUpdated'], fence.updatedBy))
  );
}

/** A share that has run out stays on the row. */
function meetsShare(item: Item, atMs: number, mostOneIn: number): boolean {
  const until = item['sampleUntilMs'];
  const oneIn = item['sampleOneIn'];
  const isOver = until === undefined || isAtMost(until, atMs) || oneIn === undefined;
  return isOver || isAtMost(oneIn, mostOneIn);
}

function wasUpdatedBy(lastUpdated: unknown, updatedBy: string): boolean {
  if (lastUpdated === undefined) return true;
  return typeof lastUpdated === 'string' && lastUpdated <= updatedBy;
}

function holds(value: unknown, { is, value: given }: Condition): boolean {
  if (is === '=') return value === given;
  if (is === '<=') return value === undefined || isAtMost(value, given);
  return typeof value === 'number' && value >= given;
}

function isAsRead(item: Item, fence: AsReadFence): boolean {
  return (
    isDeepStrictEqual(item['currentLevel'], fence.currentLevel) &&
    isDeepStrictEqual(item['epoch'], fence.epoch) &&
    (fence.updatedBy === undefined || wasUpdatedBy(item['lastUpdated'], fence.updatedBy))
  );
}

function untilMsOf(override: unknown): unknown {
  const isMap = typeof override === 'object' && override !== null && 'untilMs' in override;
  return isMap ? override.untilMs : undefined;
}

function isAtMost(value: unknown, bound: number): boolean {
  return typeof value === 'number' && value <= bound;
}

function sum(value: unknown, amount: number): number {
  if (value === undefined) return amount;
  if (typeof value === 'number') return value + amount;
  throw new StoreUnavailableError('write', { cause: new TypeError('ADD to what is no number') });
}

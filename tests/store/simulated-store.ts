/** The level store in memory, written from the design: what the table must do, without a table. */
import { isDeepStrictEqual } from 'node:util';
import type {
  AsReadFence,
  ConditionalWrite,
  EvidenceFence,
  NotNotifiedFence,
} from '../../lib/level/writes.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';

/** A Map of items behind the port of the table. */
export class SimulatedStore implements LevelStore {
  readonly #items = new Map<string, Item>();

  /** Puts an item as a hand would, whatever it says. */
  put(stateKey: string, attributes: Item): void {
    this.#items.set(stateKey, structuredClone({ ...attributes, PK: stateKey }));
  }

  async read(stateKey: string): Promise<Item | undefined> {
    return structuredClone(this.#items.get(stateKey));
  }

  async write(stateKey: string, write: ConditionalWrite): Promise<Item | null> {
    const item = applyWrite(this.#items.get(stateKey) ?? { PK: stateKey }, write);
    if (item !== null) this.#items.set(stateKey, item);
    return structuredClone(item);
  }
}

/**
 * One conditional write on one item.
 *
 * @param item The row; only its key where there is none yet.
 * @returns The row after the write, or null if the fence does not hold.
 * @throws StoreUnavailableError where the table would refuse the write: a sum with what is no number.
 */
export function applyWrite(item: Item, write: ConditionalWrite): Item | null {
  const { expect, set, add = {}, remove = [] } = write;
  const holds = meets(item, expect);
  if (!holds) return null;
  const sums = Object.entries(add).map(([name, amount]) => [name, sum(item[name], amount)]);
  const after = structuredClone({ ...item, ...set, ...Object.fromEntries(sums) });
  return Object.fromEntries(
    Object.entries(after).filter(([name]) => !remove.some((gone) => gone === name)),
  );
}

function meets(item: Item, fence: ConditionalWrite['expect']): boolean {
  switch (fence.kind) {
    case 'evidence':
      return meetsEvidence(item, fence);
    case 'as-read':
      return isAsRead(item, fence);
    case 'not-notified':
      return isNotNotified(item, fence);
  }
}

/** Only a stored item has more than its key. */
function isNotNotified(item: Item, { epoch }: NotNotifiedFence): boolean {
  const mark = item['notifiedEpoch'];
  const isStored = Object.keys(item).length > 1;
  return isStored && (typeof mark !== 'number' || mark < epoch);
}

function meetsEvidence(item: Item, fence: EvidenceFence): boolean {
  const { level, epoch, atMs, minErrorCount, minSuccessCount } = fence;
  return (
    (item['currentLevel'] === undefined ? level === 1 : item['currentLevel'] === level) &&
    (item['epoch'] === undefined ? epoch === 0 : item['epoch'] === epoch) &&
    (item['override'] === undefined || isAtMost(untilMsOf(item['override']), atMs)) &&
    (minErrorCount === undefined || isAtLeast(item['errorCount'], minErrorCount)) &&
    (minSuccessCount === undefined || isAtLeast(item['successCount'], minSuccessCount))
  );
}

function isAsRead(item: Item, fence: AsReadFence): boolean {
  return (
    isDeepStrictEqual(item['currentLevel'], fence.currentLevel) &&
    isDeepStrictEqual(item['epoch'], fence.epoch)
  );
}

function untilMsOf(override: unknown): unknown {
  const isMap = typeof override === 'object' && override !== null && 'untilMs' in override;
  return isMap ? override.untilMs : undefined;
}

function isAtLeast(value: unknown, bound: number): boolean {
  return typeof value === 'number' && value >= bound;
}

function isAtMost(value: unknown, bound: number): boolean {
  return typeof value === 'number' && value <= bound;
}

function sum(value: unknown, amount: number): number {
  if (value === undefined) return amount;
  if (typeof value === 'number') return value + amount;
  throw new StoreUnavailableError('write', { cause: new TypeError('ADD to what is no number') });
}

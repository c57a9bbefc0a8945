/** What operators do to the row of a breaker: each a read and a fenced write. */
import {
  CLOSED_ROW,
  parseBreakerRow,
  type BreakerOverride,
  type BreakerRow,
} from '../shared/breaker-row.ts';
import * as writes from '../shared/breaker-writes.ts';
import { FLEET_DEFAULTS, rulesOrNull, type FleetRules } from '../shared/fleet-rules.ts';
import type { RowItem, RowWrite } from '../shared/row-write.ts';
import type { DynamoBreakerStore } from './dynamo-breaker-store.ts';
import { WriteConflictError } from './errors.ts';

/** How often a control write is tried before it is a conflict. */
const TRIES = 3;

/** What is done to a breaker. */
export type BreakerAct =
  | { readonly kind: 'hold'; readonly override: BreakerOverride }
  | { readonly kind: 'release' }
  /** Replaces what the row overrides of the deployed rules; empty removes it. */
  | { readonly kind: 'configure'; readonly options: Partial<FleetRules> };

/** The rules of a row over the defaults: what a deployment has otherwise only its environments know. */
export function rulesOfRow({ options }: BreakerRow): FleetRules {
  return rulesOrNull(FLEET_DEFAULTS, options) ?? FLEET_DEFAULTS;
}

/**
 * Does it. A hold also heals a row that cannot be understood.
 *
 * @returns The row after the write.
 * @throws WriteConflictError, BreakerRowError, StoreThrottledError, StoreUnavailableError
 */
export async function controlBreaker(
  store: DynamoBreakerStore,
  key: string,
  act: BreakerAct,
  atMs: number,
): Promise<BreakerRow> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const item = await store.read(key, { consistently: true });
    const after = await store.write(key, writeOf(item, act, atMs));
    if (after !== null) return parseBreakerRow(after);
  }
  throw new WriteConflictError(key, TRIES);
}

function writeOf(item: RowItem | undefined, act: BreakerAct, atMs: number): RowWrite {
  if (act.kind === 'hold') return holdOf(item, act.override, atMs);
  const row = parseBreakerRow(item);
  const rules = rulesOfRow(row);
  return act.kind === 'release'
    ? writes.release(row, rules, atMs)
    : writes.configure(row, act.options, rules, atMs);
}

function holdOf(item: RowItem | undefined, override: BreakerOverride, atMs: number): RowWrite {
  let row: BreakerRow;
  try {
    row = parseBreakerRow(item);
  } catch {
    return healing(item ?? {}, override, atMs);
  }
  return writes.hold(row, override, rulesOfRow(row), atMs);
}

/** Everything that the row holds goes; of its epoch, what can be counted on from. */
function healing(item: RowItem, override: BreakerOverride, atMs: number): RowWrite {
  const epoch = Number.isSafeInteger(item['epoch']) ? Number(item['epoch']) : 0;
  const { set = {} } = writes.hold({ ...CLOSED_ROW, epoch }, override, FLEET_DEFAULTS, atMs);
  const gone = Object.keys(item).filter((name) => name !== 'PK' && !(name in set));
  return { expect: [], set, remove: gone };
}

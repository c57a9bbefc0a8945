/** Control writes: an operator's pin, release, policy change and reset, each a read and a fenced write. */
import type { Level } from '../level/level.ts';
import type { LevelState, Override, Said } from '../level/state.ts';
import type { ConditionalWrite } from '../level/fence.ts';
import * as writes from '../level/writes.ts';
import { RowMalformedError, WriteConflictError } from './errors.ts';
import { readHistory } from './history.ts';
import { stateKeyOf } from './level-store.ts';
import { parseRow, stateOf, type ParsedRow } from './row.ts';
import { settleAfter, settledBy, type Protocol, type Settled } from './record-outcome.ts';

/** How often a control write is tried before it is a conflict. */
const CONTROL_TRIES = 3;

/** Pins a level. Throws as the other control writes do: see reset. */
export function pin(
  protocol: Protocol,
  scope: string,
  request: { readonly level: Level; readonly override: Override; readonly by?: string },
  atMs: number,
): Promise<Settled> {
  return control(protocol, scope, (row) =>
    writes.pin(goodRow(scope, row), request, protocol.policyOf(row.state.policy, scope), atMs),
  );
}

/**
 * Ends a pin; a row without one is left as it is. Evidence may have been counted after the pin
 * expired, so what it now says is done at once.
 */
export async function release(
  protocol: Protocol,
  scope: string,
  said: Said,
  atMs: number,
): Promise<Settled> {
  const released = await control(protocol, scope, (row) =>
    goodRow(scope, row).state.override === undefined ? null : writes.release(row, said, atMs),
  );
  return settleAfter(protocol, scope, released, atMs);
}

/** What a row overrides of the deployed policy. */
export type Overrides = Readonly<Record<string, unknown>>;

/** Replaces what the row overrides of the deployed policy; empty overrides remove it. */
export function changePolicy(
  protocol: Protocol,
  scope: string,
  overrides: Overrides,
  said: Said,
  atMs: number,
): Promise<Settled> {
  return editPolicy(protocol, scope, () => overrides, said, atMs);
}

/**
 * Makes what the row overrides of the deployed policy from what it did until then.
 *
 * @param edit Called again where the row changed in between; what it throws ends the change.
 */
export function editPolicy(
  protocol: Protocol,
  scope: string,
  edit: (before: LevelState['policy']) => Overrides,
  said: Said,
  atMs: number,
): Promise<Settled> {
  return control(protocol, scope, (row) => {
    const overrides = edit(goodRow(scope, row).state.policy);
    return writes.changePolicy(row, overrides, protocol.policyOf(overrides, scope), said, atMs);
  });
}

/**
 * Back to level 1 with no evidence and no override. The only control write that takes a malformed
 * row, and heals it.
 *
 * @param said What the operator says of it, at most 120 bytes, and who that is.
 * @throws WriteConflictError, RowMalformedError (the others), StoreThrottledError, StoreUnavailableError
 */
export function reset(
  protocol: Protocol,
  scope: string,
  said: Said,
  atMs: number,
): Promise<Settled> {
  return control(protocol, scope, (row) =>
    writes.reset(row, said, protocol.policyOf(row.state.policy, scope), atMs),
  );
}

async function control(
  protocol: Protocol,
  scope: string,
  build: (row: ParsedRow) => ConditionalWrite | null,
): Promise<Settled> {
  const stateKey = stateKeyOf(scope);
  for (let attempt = 1; attempt <= CONTROL_TRIES; attempt += 1) {
    const row = await readRow(protocol, scope);
    const write = build(row);
    if (write === null) return { state: row.state, changes: [] };
    const item = await protocol.store.write(stateKey, write);
    if (item !== null) return settledBy(protocol, scope, row.state, stateOf(stateKey, item));
  }
  throw new WriteConflictError(stateKey, CONTROL_TRIES);
}

/** Where the epoch is lost, its history knows the last one: going back would take old evidence for new. */
async function readRow({ store }: Protocol, scope: string): Promise<ParsedRow> {
  const row = parseRow(await store.read(stateKeyOf(scope)));
  if (!row.malformed.includes('epoch')) return row;
  const history = await readHistory(store, scope);
  const epoch = Math.max(row.state.epoch, ...history.map((change) => change.epoch));
  return { ...row, state: { ...row.state, epoch } };
}

function goodRow(scope: string, row: ParsedRow): ParsedRow {
  if (row.problems.length > 0) throw new RowMalformedError(stateKeyOf(scope), row.problems);
  return row;
}

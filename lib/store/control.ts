/** Control writes: an operator's pin, release, policy change and reset, each a read and a fenced write. */
import type { Level } from '../level/level.ts';
import type { Override } from '../level/state.ts';
import * as writes from '../level/writes.ts';
import { RowMalformedError, WriteConflictError } from './errors.ts';
import { stateKeyOf } from './level-store.ts';
import { parseRow, stateOf, type ParsedRow } from './row.ts';
import { settleAfter, settledBy, type Protocol, type Settled } from './record-outcome.ts';

/** How often a control write is tried before it is a conflict. */
const CONTROL_TRIES = 3;

/** Pins a level. Throws as the other control writes do: see reset. */
export function pin(
  protocol: Protocol,
  scope: string,
  request: { readonly level: Level; readonly override: Override },
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
export async function release(protocol: Protocol, scope: string, atMs: number): Promise<Settled> {
  const released = await control(protocol, scope, (row) =>
    goodRow(scope, row).state.override === undefined ? null : writes.release(row, atMs),
  );
  return settleAfter(protocol, scope, released, atMs);
}

/** Replaces what the row overrides of the deployed policy; empty overrides remove it. */
export function changePolicy(
  protocol: Protocol,
  scope: string,
  overrides: Readonly<Record<string, unknown>>,
  atMs: number,
): Promise<Settled> {
  return control(protocol, scope, (row) =>
    writes.changePolicy(goodRow(scope, row), overrides, protocol.policyOf(overrides, scope), atMs),
  );
}

/**
 * Back to level 1 with no evidence and no override. The only control write that takes a malformed
 * row, and heals it.
 *
 * @param note What the operator says of it, at most 120 bytes; empty for nothing.
 * @throws WriteConflictError, RowMalformedError (the others), StoreThrottledError, StoreUnavailableError
 */
export function reset(
  protocol: Protocol,
  scope: string,
  note: string,
  atMs: number,
): Promise<Settled> {
  return control(protocol, scope, (row) =>
    writes.reset(row, note, protocol.policyOf(row.state.policy, scope), atMs),
  );
}

async function control(
  protocol: Protocol,
  scope: string,
  build: (row: ParsedRow) => writes.ConditionalWrite | null,
): Promise<Settled> {
  const stateKey = stateKeyOf(scope);
  for (let attempt = 1; attempt <= CONTROL_TRIES; attempt += 1) {
    const row = parseRow(await protocol.store.read(stateKey));
    const write = build(row);
    if (write === null) return { state: row.state, changes: [] };
    const item = await protocol.store.write(stateKey, write);
    if (item !== null) return settledBy(row.state, stateOf(stateKey, item));
  }
  throw new WriteConflictError(stateKey, CONTROL_TRIES);
}

function goodRow(scope: string, row: ParsedRow): ParsedRow {
  if (row.problems.length > 0) throw new RowMalformedError(stateKeyOf(scope), row.problems);
  return row;
}

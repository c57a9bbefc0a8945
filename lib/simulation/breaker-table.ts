/** One write on the row of a breaker, as DynamoDB carries it out: the table of simulations. */
import type { Demand, RowItem, RowWrite } from '../shared/row-write.ts';

/**
 * Applies a write to a copy.
 *
 * @param item undefined: there is no row yet.
 * @returns The row after the write, or null if a demand does not hold.
 */
export function applyRowWrite(item: RowItem | undefined, write: RowWrite): RowItem | null {
  const { expect, set = {}, setIfAbsent = {}, add = {}, remove = [] } = write;
  if (!expect.every((demand) => holds(item?.[demand.attribute], demand))) return null;
  const after: Record<string, unknown> = { ...item };
  for (const [name, given] of Object.entries(setIfAbsent)) after[name] ??= given;
  for (const [name, given] of Object.entries(set)) after[name] = given;
  for (const [name, given] of Object.entries(add)) after[name] = sum(item?.[name], given);
  for (const name of remove) delete after[name];
  return after;
}

function holds(value: unknown, demand: Demand): boolean {
  if (demand.is === '<') {
    return value === undefined || (typeof value === 'number' && value < demand.value);
  }
  return value === undefined ? demand.orAbsent : value === demand.value;
}

function sum(value: unknown, given: number | ReadonlySet<number>): unknown {
  if (typeof given === 'number') return Number(value ?? 0) + given;
  return new Set([...((value as ReadonlySet<number> | undefined) ?? []), ...given]);
}

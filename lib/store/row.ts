/** From a table's item to a level state: absent attributes have defaults, malformed ones are named. */
import { isLevel } from '../level/level.ts';
import { INITIAL_STATE, type Change, type LevelState, type Override } from '../level/state.ts';
import type { AsReadFence } from '../level/writes.ts';
import { RowMalformedError } from './errors.ts';
import type { Item } from './level-store.ts';

/** A row as far as it could be understood. */
export interface ParsedRow {
  /** Malformed attributes stand at their defaults, a malformed epoch at the last one in the history. */
  readonly state: LevelState;
  readonly fence: AsReadFence;
  /** What is malformed, in words; empty for a good row. */
  readonly problems: readonly string[];
}

/** Understands an item; undefined is a missing row. */
export function parseRow(item: Item | undefined): ParsedRow {
  const row = item ?? {};
  const problems: string[] = [];
  const count = (name: 'errorCount' | 'successCount' | 'epoch', ifMalformed: number): number => {
    const value = row[name];
    if (value === undefined) return 0;
    if (isCount(value)) return value;
    problems.push(`${name} must be an integer from 0, got ${show(value)}`);
    return ifMalformed;
  };
  const { currentLevel = INITIAL_STATE.currentLevel } = row;
  if (!isLevel(currentLevel)) {
    problems.push(`currentLevel must be 1, 2 or 3, got ${show(currentLevel)}`);
  }
  const history = Array.isArray(row['history']) ? row['history'].filter(isChange) : [];
  const override = parseOverride(row['override'], problems);
  const state: LevelState = {
    currentLevel: isLevel(currentLevel) ? currentLevel : INITIAL_STATE.currentLevel,
    errorCount: count('errorCount', 0),
    successCount: count('successCount', 0),
    epoch: count('epoch', Math.max(0, ...history.map((change) => change.epoch))),
    lastUpdated: text(row['lastUpdated']),
    lastTransition: text(row['lastTransition']),
    transitionReason: text(row['transitionReason']),
    history,
    ...(override && { override }),
    ...(isMap(row['policy']) && { policy: row['policy'] }),
  };
  const fence: AsReadFence = {
    kind: 'as-read',
    currentLevel: row['currentLevel'],
    epoch: row['epoch'],
  };
  return { state, fence, problems };
}

/**
 * Understands an item that must be a good row.
 *
 * @throws RowMalformedError
 */
export function stateOf(stateKey: string, item: Item | undefined): LevelState {
  const { state, problems } = parseRow(item);
  if (problems.length > 0) throw new RowMalformedError(stateKey, problems);
  return state;
}

function parseOverride(value: unknown, problems: string[]): Override | undefined {
  if (value === undefined) return undefined;
  if (!isMap(value)) {
    problems.push(`override must be a map, got ${show(value)}`);
    return undefined;
  }
  const reason = text(value['reason']) ?? '';
  const untilMs = value['untilMs'];
  if (untilMs === undefined) return { reason };
  if (typeof untilMs === 'number') return { reason, untilMs };
  problems.push(`override.untilMs must be epoch milliseconds, got ${show(untilMs)}`);
  return { reason };
}

function isChange(value: unknown): value is Change {
  return (
    isMap(value) &&
    isCount(value['epoch']) &&
    isLevel(value['from']) &&
    isLevel(value['to']) &&
    typeof value['at'] === 'string' &&
    typeof value['reason'] === 'string'
  );
}

function isCount(value: unknown): value is number {
  // The last safe integer could not be counted on from.
  return Number.isSafeInteger(value) && (value as number) >= 0 && value !== Number.MAX_SAFE_INTEGER;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  // A number that no double can hold is an object of a class.
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40);
}

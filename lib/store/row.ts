/** From a table's item to a level state: absent attributes have defaults, malformed ones are named. */
import { isLevel } from '../level/level.ts';
import {
  HISTORY_LIMIT,
  INITIAL_STATE,
  isMap,
  MAX_BY_LENGTH,
  MAX_CODE_LENGTH,
  type Change,
  type ChangeReason,
  type LevelState,
  type Override,
} from '../level/state.ts';
import type { AsReadFence } from '../level/fence.ts';
import { RowMalformedError } from './errors.ts';
import type { Item } from './level-store.ts';
import { optionalsOf, type Problem } from './row-optionals.ts';
import { slotsOf } from './row-slots.ts';
import { shown } from './shown.ts';

/** An ISO 8601 time as the row has it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

/** A row as far as it could be understood. */
export interface ParsedRow {
  /** Malformed attributes stand at their defaults, a malformed epoch at the last one that was told or is on the row. */
  readonly state: LevelState;
  readonly fence: AsReadFence;
  /** What is malformed, in words; empty for a good row. */
  readonly problems: readonly string[];
  /** The same by its attributes. */
  readonly malformed: readonly string[];
}

/** Understands an item; undefined is a missing row. */
export function parseRow(item: Item | undefined): ParsedRow {
  const row = item ?? {};
  const problems: Problem[] = [];
  const count = (name: 'errorCount' | 'successCount' | 'epoch', ifMalformed: number): number => {
    const value = row[name];
    if (value === undefined) return 0;
    if (isCount(value)) return value;
    problems.push({ name, words: `must be an integer from 0, got ${shown(value)}` });
    return ifMalformed;
  };
  const { currentLevel = INITIAL_STATE.currentLevel } = row;
  if (!isLevel(currentLevel)) {
    problems.push({ name: 'currentLevel', words: `must be 1, 2 or 3, got ${shown(currentLevel)}` });
  }
  const history = Array.isArray(row['history']) ? row['history'].filter(isChange) : [];
  const notifiedEpoch = isCount(row['notifiedEpoch']) ? row['notifiedEpoch'] : undefined;
  const override = parseOverride(row['override'], problems);
  const state: LevelState = {
    currentLevel: isLevel(currentLevel) ? currentLevel : INITIAL_STATE.currentLevel,
    errorCount: count('errorCount', 0),
    successCount: count('successCount', 0),
    epoch: count('epoch', Math.max(0, notifiedEpoch ?? 0, ...history.map(({ epoch }) => epoch))),
    lastUpdated: text(row['lastUpdated']),
    lastTransition: text(row['lastTransition']),
    transitionReason: text(row['transitionReason']),
    history: history.slice(-HISTORY_LIMIT),
    ...begunBy(row),
    ...optionalsOf(row, problems),
    slots: slotsOf(row, problems),
    ...(notifiedEpoch !== undefined && { notifiedEpoch }),
    ...(override && { override }),
    ...(row['policy'] !== undefined && { policy: row['policy'] }),
  };
  const fence: AsReadFence = {
    kind: 'as-read',
    currentLevel: row['currentLevel'],
    epoch: row['epoch'],
  };
  return {
    state,
    fence,
    problems: problems.map(({ name, words }) => `${name} ${words}`),
    malformed: problems.map(({ name }) => name.split('.', 1)[0] ?? name),
  };
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

function begunBy(row: Item): Pick<LevelState, 'changedFrom' | 'changedBy' | 'by' | 'levelSince'> {
  const { changedFrom, changedBy } = row;
  const isKnown = isLevel(changedFrom) && isCode(changedBy) && isTime(row['lastTransition']);
  if (!isKnown) return {};
  const { by, levelSince } = row;
  return {
    changedFrom,
    changedBy,
    ...(isName(by) && { by }),
    ...(isTime(levelSince) && { levelSince }),
  };
}

function parseOverride(value: unknown, problems: Problem[]): Override | undefined {
  if (value === undefined) return undefined;
  if (!isMap(value)) {
    problems.push({ name: 'override', words: `must be a map, got ${shown(value)}` });
    return undefined;
  }
  const reason = text(value['reason']) ?? '';
  const untilMs = value['untilMs'];
  if (untilMs === undefined) return { reason };
  if (isInteger(untilMs)) return { reason, untilMs };
  const words = `must be epoch milliseconds, got ${shown(untilMs)}`;
  problems.push({ name: 'override.untilMs', words });
  return { reason };
}

/** Whether a value of the table is a change. */
export function isChange(value: unknown): value is Change {
  return (
    isMap(value) &&
    isCount(value['epoch']) &&
    isLevel(value['from']) &&
    isLevel(value['to']) &&
    isTime(value['at']) &&
    isCode(value['reason']) &&
    (value['note'] === undefined || typeof value['note'] === 'string') &&
    (value['by'] === undefined || isName(value['by']))
  );
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_BY_LENGTH;
}

/** A code of a later version is a code too. */
function isCode(value: unknown): value is ChangeReason {
  return typeof value === 'string' && value.length <= MAX_CODE_LENGTH;
}

function isCount(value: unknown): value is number {
  // The last safe integer could not be counted on from.
  return isInteger(value) && value !== Number.MAX_SAFE_INTEGER;
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

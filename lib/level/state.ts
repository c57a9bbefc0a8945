/** What one level row says, with every absent attribute filled in. */
import type { Level } from './level.ts';

/** Why an epoch began: a code of at most 24 characters. */
export type ChangeReason =
  | 'errors'
  | 'successes'
  | 'probes'
  | 'pin'
  | 'release'
  | 'override-expired'
  | 'policy'
  | 'reset'
  | 'alarm-error-rate'
  | 'alarm-recovery';

/** One change of the row; epoch is the one that begins with it. */
export interface Change {
  readonly epoch: number;
  readonly from: Level;
  readonly to: Level;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: ChangeReason;
}

/** A pinned level: while in force nothing counts, probes or ticks. */
export interface Override {
  /** Free text, at most 120 bytes. */
  readonly reason: string;
  /** Epoch milliseconds at which it ends; absent: it holds until it is released. */
  readonly untilMs?: number;
}

/** The level of one scope and the evidence counted towards the next. */
export interface LevelState {
  readonly currentLevel: Level;
  readonly errorCount: number;
  readonly successCount: number;
  /** +1 at every change of level and every control write. */
  readonly epoch: number;
  /** ISO 8601; null before the first write. */
  readonly lastUpdated: string | null;
  /** ISO 8601; null before the first change. */
  readonly lastTransition: string | null;
  /** The code of the last change, or what an operator gave as its reason; null before the first. */
  readonly transitionReason: string | null;
  /** The last changes, oldest first, at most HISTORY_LIMIT. */
  readonly history: readonly Change[];
  readonly override?: Override;
  /** The last epoch whose change of level was announced; absent: none was. */
  readonly notifiedEpoch?: number;
  /** What the row overrides of the deployed policy, not validated: it may be no map at all. */
  readonly policy?: unknown;
}

/** How many changes a row keeps. */
export const HISTORY_LIMIT = 8;

/** The longest code of a change, in characters. */
export const MAX_CODE_LENGTH = 24;

/** What a missing row says. */
export const INITIAL_STATE: LevelState = {
  currentLevel: 1,
  errorCount: 0,
  successCount: 0,
  epoch: 0,
  lastUpdated: null,
  lastTransition: null,
  transitionReason: null,
  history: [],
};

/** Whether a value read from outside is a map: no list, and no object of a class, as sets are. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether the level is pinned at atMs (epoch milliseconds). It has expired when untilMs <= atMs. */
export function isPinned(state: LevelState, atMs: number): boolean {
  return state.override !== undefined && (state.override.untilMs ?? Infinity) > atMs;
}

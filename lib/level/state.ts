/** What one level row says, with every absent attribute filled in. */
import type { Level } from './level.ts';
import type { Judge, Shield } from './policy.ts';

/** Why an epoch began: a code of at most 24 characters. */
export type ChangeReason =
  | 'errors'
  | 'error-rate'
  | 'error-deviation'
  | 'consecutive-errors'
  | 'successes'
  | 'ramp'
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
  /** What an operator said of it, at most 120 bytes; absent where nothing was said. */
  readonly note?: string;
  /** Who made it, at most 200 characters; absent where nobody did: evidence, time or an alarm. */
  readonly by?: string;
}

/** What is known of an operator's change beside the change. */
export interface Said {
  readonly note?: string;
  readonly by?: string;
}

/** A pinned level: while in force nothing counts, probes or ticks. */
export interface Override {
  /** Free text, at most 120 bytes. */
  readonly reason: string;
  /** Epoch milliseconds at which it ends; absent: it holds until it is released. */
  readonly untilMs?: number;
}

/** What was counted in one slot of time. */
export interface Slot {
  /** floor(epoch milliseconds / length of a slot). */
  readonly number: number;
  readonly errors: number;
  readonly successes: number;
  /** How many outcomes the counted ones stand for; absent: none was counted since it was cleared. */
  readonly weight?: number;
  /** When the first of them was written, in epoch milliseconds. */
  readonly firstMs?: number;
}

/** What the workflow acts on where the row says it; what a deployment says holds for a row that does not. */
export interface Directives {
  readonly judge?: Judge;
  readonly shield?: Shield;
  readonly slowAfterMs?: number;
  /** JSON: a list of statuses. */
  readonly countStatuses?: string;
  /** A draw below this hexadecimal bound is served by the degraded face. */
  readonly exerciseBelow?: string;
}

/** The evidence that a rate is judged by, and the share of outcomes that is counted. */
export interface RateEvidence {
  /** Errors counted since the last counted success. */
  readonly run?: number;
  /** When the first error was seen that outcomes are counted for since, in epoch milliseconds. */
  readonly watchSinceMs?: number;
  /** Until when outcomes are counted, in epoch milliseconds. */
  readonly watchUntilMs?: number;
  /** How long a success takes on average, in milliseconds. */
  readonly okMs?: number;
  /** Until when few are counted, since a watch that begins knows no traffic yet, in epoch milliseconds. */
  readonly cautionUntilMs?: number;
  /** From when on few are counted, since a watch may have begun: on a read replica alone, in epoch milliseconds. */
  readonly cautionFromMs?: number;
  /** One in so many outcomes is counted. */
  readonly sampleOneIn?: number;
  /** The same as a hexadecimal bound for the workflow's draw. */
  readonly sampleBelow?: string;
  /** Until when, in epoch milliseconds. */
  readonly sampleUntilMs?: number;
}

/** What share of errors is ordinary, under a policy that learns it. */
export interface Learned {
  /** Counted errors and outcomes of level 1, the older ones with less weight. */
  readonly learnedErrors?: number;
  readonly learnedRequests?: number;
  /** Up to which slot, in epoch milliseconds. */
  readonly learnedUntilMs?: number;
}

/** When climbing may begin, and how far it has come. */
export interface Recovery {
  readonly dwellMs?: number;
  /** When level 1 was last entered by climbing, in epoch milliseconds. */
  readonly climbedAtMs?: number;
  /** No climbing before, in epoch milliseconds. */
  readonly quietUntilMs?: number;
  /** How long the next retry of a failed first step waits, in milliseconds. */
  readonly retryMs?: number;
  /** Index into the policy's ramp. */
  readonly rampStep?: number;
  /** Its share as a hexadecimal bound for the workflow's draw. */
  readonly rampBelow?: string;
  /** When the step began, in epoch milliseconds: the fence of its outcomes. */
  readonly stepSinceMs?: number;
  readonly canaryOk?: number;
  readonly canaryErrors?: number;
  /** Errors of canaries since the last success of one. */
  readonly canaryRun?: number;
  readonly nextCanaryAtMs?: number;
  readonly nextProbeAtMs?: number;
  /** How long a claimed probe keeps others from claiming, in milliseconds. */
  readonly probeIntervalMs?: number;
  /** Probes that failed since the last that succeeded. */
  readonly probeFailures?: number;
}

/** The level of one scope and the evidence counted towards the next. */
export interface LevelState extends Directives, RateEvidence, Learned, Recovery {
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
  /** From where and why the epoch of the row began; absent on rows of before. */
  readonly changedFrom?: Level;
  readonly changedBy?: ChangeReason;
  /** Who began it: an operator; absent where nobody did. */
  readonly by?: string;
  /**
   * When the level was entered, ISO 8601, where the epochs after it began at the same level; absent where
   * the last change is the one that entered it.
   */
  readonly levelSince?: string;
  /** The last changes that the row itself holds, oldest first: rows of before, at most HISTORY_LIMIT. */
  readonly history: readonly Change[];
  /** What was counted lately, in no order. */
  readonly slots: readonly Slot[];
  readonly override?: Override;
  /** The last epoch whose change of level was announced; absent: none was. */
  readonly notifiedEpoch?: number;
  /** The last number that its read replicas were told the row under; absent: none was. */
  readonly replicaVersion?: number;
  /** What the row overrides of the deployed policy, not validated: it may be no map at all. */
  readonly policy?: unknown;
}

/** How many changes are kept. */
export const HISTORY_LIMIT = 8;

/** The longest code of a change, in characters. */
export const MAX_CODE_LENGTH = 24;

/** The longest name of who made a change, in characters: an assumed role's ARN has at most 200. */
export const MAX_BY_LENGTH = 200;

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
  slots: [],
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

/** Every write as data: what it demands of the row and what it makes of it. */
import type { Level } from './level.ts';
import type { LevelState } from './state.ts';

/** What a write demands of one attribute at the instant of the write. */
export type Condition =
  | { readonly attribute: string; readonly is: '>='; readonly value: number }
  /** An absent attribute is 0. */
  | { readonly attribute: string; readonly is: '<='; readonly value: number }
  /** undefined: it must be absent. */
  | { readonly attribute: string; readonly is: '='; readonly value: number | undefined };

/** The counts that a verdict rests on; the write that follows it demands them again. */
export type Evidence = readonly Condition[];

/** At least so many. */
export function atLeast(attribute: string, value: number): Condition {
  return { attribute, is: '>=', value };
}

/** At most so many. */
export function atMost(attribute: string, value: number): Condition {
  return { attribute, is: '<=', value };
}

/** As it was seen, or as absent. */
export function asSeen(attribute: string, value: number | undefined): Condition {
  return { attribute, is: '=', value };
}

/**
 * The fence of evidence: the row's level and epoch are those that the evidence was read at, no override
 * is in force at atMs, and all evidence holds. An absent level or epoch satisfies it only by its default.
 */
export interface EvidenceFence {
  readonly kind: 'evidence';
  readonly level: Level;
  readonly epoch: number;
  readonly atMs: number;
  readonly evidence: Evidence;
  /** The largest share that may be in force, one in so many; absent: whatever is in force. */
  readonly mostOneIn?: number;
  /** ISO 8601: the row was not updated later; absent: whenever it was. */
  readonly updatedBy?: string;
}

/**
 * The fence of a control write: level and epoch are exactly what was just read, malformed or absent
 * (undefined) as they may be. Overrides do not stop it, so a pin can be replaced.
 */
export interface AsReadFence {
  readonly kind: 'as-read';
  readonly currentLevel: unknown;
  readonly epoch: unknown;
  /** As for evidence. */
  readonly updatedBy?: string;
}

/** The fence of the mark of an announcement: there is a row, and its mark is of an earlier epoch. */
export interface NotNotifiedFence {
  readonly kind: 'not-notified';
  readonly epoch: number;
}

/** The fence of a number for a row's replicas: it is the one after this, where undefined is none yet. */
export interface ReplicaVersionFence {
  readonly kind: 'replica-version';
  readonly version: number | undefined;
}

/** The fence of a replica: what it holds is of an earlier epoch, or of an earlier number, or is not believed any more. */
export interface ReplicaFence {
  readonly kind: 'replica';
  readonly epoch: number;
  readonly version: number;
  readonly atMs: number;
}

/** No fence: for an item that every writer may add to in any order. */
export interface NoFence {
  readonly kind: 'none';
}

/** One atomic write: applied whole if the fence holds, not at all otherwise. No attribute stands in two parts. */
export interface ConditionalWrite {
  readonly expect:
    | EvidenceFence
    | AsReadFence
    | NotNotifiedFence
    | ReplicaVersionFence
    | ReplicaFence
    | NoFence;
  readonly set: Readonly<Record<string, unknown>>;
  /** Set only where the row has none. */
  readonly setIfAbsent?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

/** The fence of a write that was decided on a row. */
export function fenceOf(state: LevelState, atMs: number, evidence: Evidence = []): EvidenceFence {
  const { currentLevel: level, epoch } = state;
  return { kind: 'evidence', level, epoch, atMs, evidence };
}

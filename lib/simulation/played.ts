/** What came of a simulation: what clients saw, what the row did, what it cost. */
import type { Level } from '../level/level.ts';

/** A change of level, in milliseconds from the start. */
export interface Moved {
  readonly atMs: number;
  readonly from: Level;
  readonly to: Level;
  readonly reason: string;
}

/** What happened in one second. */
export interface Second {
  requests: number;
  /** Requests that the full face was tried for. */
  full: number;
  /** Requests that a client saw fail: errors, and maintenance. */
  failed: number;
  /** Requests that the degraded face answered, in place of a failed full one too. */
  degraded: number;
  /** Those of them that were in place of a failed full one. */
  shielded: number;
  /** Requests that met maintenance. */
  maintained: number;
  /** Requests that read a replica of the row. */
  ofReplicas: number;
}

/** A write of a replica; null where it held something later. */
export interface ReplicaWrite {
  /** In milliseconds from the start. */
  readonly atMs: number;
  readonly epoch: number | null;
}

/** What the requests came to, all in all. */
export interface Requests {
  requests: number;
  failed: number;
  toFull: number;
  fullErrors: number;
  shielded: number;
  /** Requests that the degraded face answered, in place of a failed full one too. */
  degraded: number;
  maintained: number;
  reads: number;
  /** Faces called for them, probes apart. */
  calls: number;
}

/** What was seen of the row. */
export interface RowSeen {
  readonly changes: readonly Moved[];
  /** Writes on the row in each second: refused conditions, lost claims and throttled ones included. */
  readonly writes: readonly number[];
  readonly throttled: number;
  /** How long each level lasted, in milliseconds. */
  readonly timeAt: Readonly<Record<Level, number>>;
  /** The largest row in bytes. */
  readonly rowBytes: number;
  /** When each step of the ramp began, in milliseconds from the start. */
  readonly steps: readonly { readonly atMs: number; readonly step: number }[];
  /** Errors that were counted into a slot, each by its time, in milliseconds from the start. */
  readonly countedErrors: readonly number[];
  /** Changes of level that were decided, and of them those that nobody made. */
  readonly moves: { readonly decided: number; readonly lost: number };
  readonly replicaWrites: readonly ReplicaWrite[];
  /** Half read units of the row, by whoever counts and ticks, in each second. */
  readonly halfUnits: readonly number[];
}

/** What came of a run. */
export interface Played extends Readonly<Requests>, RowSeen {
  readonly perSecond: readonly Readonly<Second>[];
  /** When the degraded face was probed, in milliseconds from the start. */
  readonly probes: readonly number[];
  /** How often the mutator was invoked, by ticks too. */
  readonly mutations: number;
  readonly ticks: number;
}

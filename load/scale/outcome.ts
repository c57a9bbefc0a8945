/** The outage that every form meets, and what is said of it. */

/** When the full face fails, in milliseconds from the start: all of its answers, for a minute. */
export const OUTAGE = { fromMs: 30_000, toMs: 90_000, totalMs: 240_000 } as const;

/**
 * The same at a time when nobody has told the read replicas that a watch has ended: few of its answers have failed
 * right after a tick, and the next one is to come. The share that the watch had counted is over as well.
 */
export const LATER = { ...OUTAGE, fromMs: 116_000, toMs: 176_000 } as const;

/** Those few, as a share of all. */
export const FEW = { fromMs: 60_500, toMs: 61_500, share: 0.01 } as const;

/** Share of the requests that are safe to serve again. */
export const SAFE = 0.5;

/** What a form made of the outage at a traffic. */
export interface ScaleRun {
  readonly form: string;
  readonly perSecond: number;
  readonly requests: number;
  /** Requests that a client saw fail. */
  readonly failed: number;
  /** Requests that were served without the level, since its read was refused. */
  readonly unread: number;
  readonly readsThrottled: number;
  readonly writesThrottled: number;
  readonly writes: number;
  /** Those of them that were of read replicas; absent where there are none. */
  readonly replicaWrites?: number;
  /** How often the mutator ran; absent where there is none. */
  readonly mutations?: number;
  readonly reads: number;
  /** From the write of a change until half, and 99 of 100, of the requests go by it, in milliseconds; the worst change. */
  readonly stale: { readonly p50: number; readonly p99: number };
  readonly changes: readonly { readonly atMs: number; readonly to: number }[];
  /** Changes of level that were decided, and of them those that nobody made. */
  readonly moves: { readonly decided: number; readonly lost: number };
  /** What clients saw fail in each second. */
  readonly failedPerSecond: readonly number[];
}

/** Counts what clients saw, all in all and in each second. */
import type { Requests, Second } from './played.ts';
import type { Way } from './ways.ts';

const NOTHING: Second = {
  requests: 0,
  full: 0,
  failed: 0,
  degraded: 0,
  shielded: 0,
  maintained: 0,
  ofReplicas: 0,
};

/** What the requests came to. */
export class Tally {
  readonly all: Requests = {
    requests: 0,
    failed: 0,
    toFull: 0,
    fullErrors: 0,
    shielded: 0,
    degraded: 0,
    maintained: 0,
    reads: 0,
    calls: 0,
  };
  readonly perSecond: Second[] = [];

  /** Counts so many requests of one way, in the second of a time in milliseconds from the start. */
  add(
    { plan, served, isShielded, calls, isOfReplica = false }: Way,
    count: number,
    elapsedMs: number,
  ): void {
    if (count === 0) return;
    const index = Math.floor(elapsedMs / 1_000);
    const second = (this.perSecond[index] ??= { ...NOTHING });
    const { all } = this;
    const isFull = plan.face === 'full';
    all.requests += count;
    all.reads += count;
    all.calls += count * calls;
    second.requests += count;
    if (isOfReplica) second.ofReplicas += count;
    if (isFull) {
      all.toFull += count;
      second.full += count;
      if (!served?.ok) all.fullErrors += count;
    }
    if (isShielded) {
      all.shielded += count;
      second.shielded += count;
    }
    if (isShielded || (plan.face === 'degraded' && served?.ok)) {
      all.degraded += count;
      second.degraded += count;
    }
    if (served === null) {
      all.maintained += count;
      second.maintained += count;
    }
    if (!served?.ok && !isShielded) {
      all.failed += count;
      second.failed += count;
    }
  }
}

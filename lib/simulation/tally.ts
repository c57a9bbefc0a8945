/** Counts what clients saw, all in all and in each second. */
import type { Requests, Second } from './played.ts';
import type { Way } from './ways.ts';

/** What the requests came to. */
export class Tally {
  readonly all: Requests = {
    requests: 0,
    failed: 0,
    toFull: 0,
    fullErrors: 0,
    shielded: 0,
    maintained: 0,
    reads: 0,
  };
  readonly perSecond: Second[] = [];

  /** Counts so many requests of one way, in the second of a time in milliseconds from the start. */
  add({ plan, served, isShielded }: Way, count: number, elapsedMs: number): void {
    if (count === 0) return;
    const index = Math.floor(elapsedMs / 1_000);
    const second = (this.perSecond[index] ??= { requests: 0, full: 0, failed: 0 });
    const { all } = this;
    const isFull = plan.face === 'full';
    all.requests += count;
    all.reads += count;
    second.requests += count;
    if (isFull) {
      all.toFull += count;
      second.full += count;
      if (!served?.ok) all.fullErrors += count;
    }
    if (isShielded) all.shielded += count;
    if (served === null) all.maintained += count;
    if (!served?.ok && !isShielded) {
      all.failed += count;
      second.failed += count;
    }
  }
}

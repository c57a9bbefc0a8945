/** What one request showed of the service. */
import type { Level } from './level.ts';

/** The evidence of one request, or of one probe (then readLevel is 3). */
export interface Outcome {
  /** The level that the row said when the request was routed; with epoch the fence of its evidence. */
  readonly readLevel: Level;
  /** The row's epoch when the request was routed. */
  readonly epoch: number;
  /** The level whose face it is an outcome of: 1 at readLevel 2 is a canary. */
  readonly servedLevel: Level;
  /** A success is a genuine one: never a maintenance page, a fallback or a rejected input. */
  readonly result: 'success' | 'error';
  /** How long the face took, in milliseconds; null where the face did not end by itself. */
  readonly durationMs: number | null;
}

/** A request at level 2 that the full face served, to learn whether level 1 may begin. */
export function isCanary({ readLevel, servedLevel }: Outcome): boolean {
  return readLevel === 2 && servedLevel === 1;
}

/** What a simulated service is like: its traffic, and how its faces answer, as they change in time. */
import { constant, type Course } from './course.ts';

/** How a face answers. */
export interface SimulatedFace {
  /** The share of its answers that are errors, 0 to 1. */
  readonly fails: Course;
  /** How long a success takes, in milliseconds. */
  readonly okMs: number;
  /** How long an error takes, in milliseconds. */
  readonly errorMs: number;
  /** Requests a second that it can carry; what is beyond fails. Without it, any number. */
  readonly capacity?: Course;
}

/** A service and those who call it. */
export interface World {
  /** Requests a second, that know nothing of each other. */
  readonly perSecond: Course;
  readonly full: SimulatedFace;
  readonly degraded: SimulatedFace;
  /** Share of the requests that are safe to serve again, 0 to 1. */
  readonly safeShare: number;
  /** Whether the tick may probe the full face. */
  readonly hasFullProbe: boolean;
  /** The chance that a client whose request failed sends it again in the next second, 0 to 1; 0 by default. */
  readonly retryShare?: number;
}

/** Typical of a small API. */
export const TYPICAL = { okMs: 30, errorMs: 30 } as const;

/** A face that fails with a share that changes in time. */
export function failing(
  fails: Course,
  times: Omit<SimulatedFace, 'fails'> = TYPICAL,
): SimulatedFace {
  return { fails, ...times };
}

/** A face that is well. */
export const well: SimulatedFace = failing(constant(0));

/** The next time at which any of it may change, in milliseconds from the start. */
export function nextChange({ perSecond, full, degraded }: World, atMs: number): number {
  const courses = [perSecond, full.fails, degraded.fails, full.capacity, degraded.capacity];
  return Math.min(...courses.map((course) => course?.until(atMs) ?? Infinity));
}

/**
 * The share of its answers that are errors while it gets so many requests a second, 0 to 1.
 *
 * @param atMs From the start, in milliseconds.
 */
export function failsAt({ fails, capacity }: SimulatedFace, atMs: number, load: number): number {
  const most = capacity?.at(atMs) ?? Infinity;
  const own = fails.at(atMs);
  return load > most ? 1 - ((1 - own) * most) / load : own;
}

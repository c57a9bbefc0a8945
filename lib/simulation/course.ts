/** A number that changes by steps in time. */

/** Its value, and how long it stays, both for a time in milliseconds from the start. */
export interface Course {
  at(atMs: number): number;
  /** The next time at which it may change; Infinity where it never does again. */
  until(atMs: number): number;
}

/** A value from a time on, in milliseconds. */
export type Step = readonly [fromMs: number, value: number];

/** A number that stays. */
export function constant(value: number): Course {
  return { at: () => value, until: () => Infinity };
}

/**
 * A number that has a value from each time on.
 *
 * @param given In the order of their times, the first from 0 on.
 */
export function steps(...given: readonly [Step, ...Step[]]): Course {
  const [[, first]] = given;
  return {
    at: (atMs) => given.findLast(([fromMs]) => fromMs <= atMs)?.[1] ?? first,
    until: (atMs) => given.find(([fromMs]) => fromMs > atMs)?.[0] ?? Infinity,
  };
}

/** The same steps again and again, each time for so long. */
export function repeating(periodMs: number, course: Course): Course {
  return {
    at: (atMs) => course.at(atMs % periodMs),
    until(atMs) {
      const into = atMs % periodMs;
      return atMs - into + Math.min(course.until(into), periodMs);
    },
  };
}

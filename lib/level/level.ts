/** The three levels of the service and the words for them. */

/** 1 full, 2 degraded, 3 maintenance. */
export type Level = 1 | 2 | 3;

/** Every level, from the best service to the least. */
export const LEVELS = [1, 2, 3] as const satisfies readonly Level[];

/** The level of a row that does not say one. */
export const DEFAULT_LEVEL: Level = 1;

/** The face that serves each level: the word used in code, logs and function names. */
export const FACE_OF_LEVEL = { 1: 'full', 2: 'degraded', 3: 'maintenance' } as const;

/** One of the three faces of the service. */
export type Face = (typeof FACE_OF_LEVEL)[Level];

/** Whether a value read from outside is a level. */
export function isLevel(value: unknown): value is Level {
  return value === 1 || value === 2 || value === 3;
}

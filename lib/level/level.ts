/** The three levels of the service and the words for them. */

/** 1 full, 2 degraded, 3 maintenance. */
export type Level = 1 | 2 | 3;

/** The level of a row that does not say one. */
export const DEFAULT_LEVEL: Level = 1;

/** A face of the service, by the word that code, logs and function names use: levels 1, 2 and 3. */
export type Face = 'full' | 'degraded' | 'maintenance';

/** The face of a level. */
export const FACE_OF = {
  1: 'full',
  2: 'degraded',
  3: 'maintenance',
} as const satisfies Record<Level, Face>;

/** The level of a face. */
export const LEVEL_OF = {
  full: 1,
  degraded: 2,
  maintenance: 3,
} as const satisfies Record<Face, Level>;

/** Whether a value read from outside is a level. */
export function isLevel(value: unknown): value is Level {
  return value === 1 || value === 2 || value === 3;
}

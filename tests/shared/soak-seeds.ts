/** How much a soak plays: all of it, or in the short form of CI (SOAK_SEEDS) a part. */

/** Whether it is the short form. */
export const IS_SHORT = process.env['SOAK_SEEDS'] !== undefined;

/** @param few Those of the short form; what must happen in a run happens in as many. */
export function soakSeeds(first: number, all: number, few: number): readonly number[] {
  return Array.from({ length: IS_SHORT ? few : all }, (_, at) => first + at);
}

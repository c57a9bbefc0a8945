/** How many seeds a soak plays: all of them, or in the short form of CI (SOAK_SEEDS) a few. */

/** @param few Those of the short form; what must happen in a run happens in as many. */
export function soakSeeds(first: number, all: number, few: number): readonly number[] {
  const count = process.env['SOAK_SEEDS'] === undefined ? all : few;
  return Array.from({ length: count }, (_, at) => first + at);
}

/** Shares as bounds of a draw: the workflow compares the first digits of a random UUID with them. */

/** Above every draw: a share of all. */
export const ALWAYS = 'g';

/** Below every draw, which has more digits: a share of none. (An empty text is no attribute everywhere.) */
export const NEVER = '0';

const DIGITS = 8;
const RANGE = 16 ** DIGITS;

/** The bound that a draw is below with a chance of share (0 to 1). */
export function boundOf(share: number): string {
  if (share >= 1) return ALWAYS;
  if (share <= 0) return NEVER;
  return Math.floor(share * RANGE)
    .toString(16)
    .padStart(DIGITS, '0');
}

/** The share of a bound, for whoever looks at a row. */
export function shareOf(bound: string): number {
  const value = Number.parseInt(bound, 16);
  return Number.isNaN(value) ? 1 : value / RANGE;
}

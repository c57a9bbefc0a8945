/** The times of a row: ISO 8601, and none before what the row tells already. */

/** What is so far ahead, in milliseconds, was told by a clock that was wrong, as an alarm's is. */
export const WRONG_MS = 60_000;

/**
 * A time as a row has it. Writers have clocks of their own, and a write that is tried again has the time
 * of its first try: neither may turn back what readers have seen.
 *
 * @param atMs Epoch milliseconds.
 * @param told Times of the row; what cannot be read says nothing.
 */
export function notBefore(atMs: number, ...told: readonly (string | null)[]): string {
  const times = told.map((time) => Date.parse(String(time)));
  return iso(Math.max(atMs, ...times.filter((time) => !Number.isNaN(time))));
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Asks a predicate of the user, which may do anything but answer. */

/**
 * @param otherwise What stands in for one that throws. A promise is no answer either: it would
 *   always be taken for yes.
 */
export function asks(predicate: () => unknown, otherwise: boolean): boolean {
  try {
    const answer = predicate();
    if (!(answer instanceof Promise)) return Boolean(answer);
    answer.catch(() => {});
  } catch {
    // What the predicate was asked about has its own way to its caller.
  }
  return otherwise;
}

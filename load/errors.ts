/** Why a load run cannot start or end. */

/** A reason that the user can mend; its message is all that is printed. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly code = 'LOAD_FAILED';
}

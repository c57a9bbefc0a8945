/** Why the server on the laptop cannot start. */

/** A reason that the user can mend; its message is all that is printed. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'START_FAILED';
}

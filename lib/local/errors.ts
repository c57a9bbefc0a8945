/** What can go wrong on the laptop, in the words of the user who can mend it. */

/** A reason not to start that the user can mend; its message is all that is printed. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'START_FAILED';
}

/** The engine did not start an execution; the front answers what the gateway would. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly code = 'ENGINE_REFUSED';
  readonly statusCode: 429 | 413;
  /** When to try again, in seconds; absent where trying again is no use. */
  readonly retryAfterSeconds?: number;
  constructor(
    message: string,
    options: { statusCode: 429 | 413; retryAfterSeconds?: number; cause: unknown },
  ) {
    super(message, { cause: options.cause });
    this.statusCode = options.statusCode;
    if (options.retryAfterSeconds !== undefined) {
      this.retryAfterSeconds = options.retryAfterSeconds;
    }
  }
}

/** What an error comes from in the end, in one word: the code of a system error, the name of any other. */
export function rootName(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.cause instanceof Error) return rootName(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  return error.name === 'Error' ? (code ?? error.message) : error.name;
}

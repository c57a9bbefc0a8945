/** What can go wrong between the protocol and the table. */

/** The base of every error of the level store; `code` is literal and stable. */
abstract class LevelStoreError extends Error {
  abstract readonly code: string;
}

/** The table refused the request before doing anything; it may be repeated. */
export class StoreThrottledError extends LevelStoreError {
  override readonly name = 'StoreThrottledError';
  readonly code = 'STORE_THROTTLED';
  constructor(options: { cause: unknown }) {
    super('expected the level table to accept the request, but it was throttled', options);
  }
}

/** The request's result is unknown (time-out, lost connection, 5xx) or it was refused; not to be repeated. */
export class StoreUnavailableError extends LevelStoreError {
  override readonly name = 'StoreUnavailableError';
  readonly code = 'STORE_UNAVAILABLE';
  /** A write may have been made all the same. */
  readonly operation: 'read' | 'write';
  constructor(operation: 'read' | 'write', options: { cause: unknown }) {
    const got = options.cause instanceof Error ? options.cause.name : 'an unknown error';
    super(`expected the level table to answer a ${operation}, got ${got}`, options);
    this.operation = operation;
  }
}

/** The row has attributes that no rule can read; a reset heals it. */
export class RowMalformedError extends LevelStoreError {
  override readonly name = 'RowMalformedError';
  readonly code = 'ROW_MALFORMED';
  constructor(stateKey: string, problems: readonly string[]) {
    super(
      `row ${stateKey} is malformed (${problems.join('; ')}); POST /circuit-breaker/reset heals it`,
    );
  }
}

/** A control write lost its race each time it was tried. */
export class WriteConflictError extends LevelStoreError {
  override readonly name = 'WriteConflictError';
  readonly code = 'WRITE_CONFLICT';
  constructor(stateKey: string, tries: number) {
    super(`row ${stateKey} changed under each of ${tries} tries; read the status and try again`);
  }
}

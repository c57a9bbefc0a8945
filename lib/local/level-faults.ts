/** What LevelDB fails at (a full disk) becomes an answer of dynalite, which would end the process. */
import { ClassicLevel } from 'classic-level';

type Operation = (this: ClassicLevel, ...args: unknown[]) => Promise<unknown>;

/** Databases that a write failed in. */
const broken = new WeakSet<ClassicLevel>();

/** dynalite sends an error that has a statusCode, and throws any other where nobody can catch it. */
class LevelFault extends Error {
  override readonly name = 'LevelFault';
  readonly code = 'LEVEL_FAULT';
  readonly statusCode = 500;
  readonly body: { readonly __type: string; readonly message: string };
  constructor(message: string, options: { cause: unknown }) {
    super(message, options);
    this.body = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message };
  }
}

/**
 * Makes every LevelDB of this process fail in a way that dynalite answers. dynalite takes no
 * database of ours, so the class is changed, by the operations that every other one goes through.
 *
 * After a write that failed no other is tried: LevelDB would append it behind the torn one,
 * acknowledge it, and not find it at the next start. Reads go on. To be called once.
 */
export function answerLevelFaults(): void {
  const operations = ClassicLevel.prototype as unknown as Record<string, Operation>;
  for (const name of ['_get', '_put', '_del', '_batch']) {
    const original = operations[name];
    if (original === undefined) throw new Error(`classic-level must have ${name}, it has none`);
    operations[name] = async function (...args) {
      const isWrite = name !== '_get';
      if (isWrite && broken.has(this)) {
        throw new LevelFault('a write failed before; make space and start again', { cause: null });
      }
      try {
        return await original.apply(this, args);
      } catch (cause) {
        if (!isLevelError(cause)) throw cause;
        if (isWrite) broken.add(this);
        throw new LevelFault(`${cause.code}: ${cause.message}`, { cause });
      }
    };
  }
}

function isLevelError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('LEVEL_')
  );
}

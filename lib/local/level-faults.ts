/** How LevelDB reads and fails in this process: reads at once, and no write after one that failed. */
import { resolve, sep } from 'node:path';
import { ClassicLevel } from 'classic-level';

type Operation = (this: ClassicLevel, ...args: unknown[]) => Promise<unknown>;

/** Databases that a write failed in. */
const broken = new WeakSet<ClassicLevel>();

/** The folders whose databases have their writes on the disk before they are acknowledged. */
const synced = new Set<string>();

/** Has the writes of all databases below a folder reach the disk itself, and not only the system's memory. */
export function syncWrites(folder: string): void {
  synced.add(resolve(folder) + sep);
}

/** A write that was not tried. */
class LevelFault extends Error {
  override readonly name = 'LevelFault';
  readonly code = 'LEVEL_FAULT';
}

/**
 * Changes every LevelDB of this process, since dynalite takes no database of ours. To be called once.
 *
 * After a write that failed no other is tried: LevelDB would append it behind the torn one,
 * acknowledge it, and not find it at the next start. Reads go on.
 *
 * Reads are synchronous: a level row is in LevelDB's memory, and a turn through the thread pool takes
 * twenty times as long as the read, twice for each operation of dynalite.
 */
export function answerLevelFaults(): void {
  const operations = ClassicLevel.prototype as unknown as Record<string, Operation>;
  for (const name of ['_put', '_del', '_batch']) {
    const original = operations[name];
    if (original === undefined) throw new Error(`classic-level must have ${name}, it has none`);
    operations[name] = async function (...args) {
      if (broken.has(this)) {
        throw new LevelFault('a write failed before; make space and start again');
      }
      try {
        return await original.apply(this, durable(this.location, args));
      } catch (cause) {
        if (!isLevelError(cause)) throw cause;
        broken.add(this);
        throw new LevelFault(`${cause.code}: ${cause.message}`, { cause });
      }
    };
  }
  const readNow = (operations as Record<string, unknown>)['_getSync'];
  if (typeof readNow !== 'function') throw new Error('classic-level must have _getSync');
  operations['_get'] = async function (...args) {
    return readNow.apply(this, args) as unknown;
  };
}

/**
 * The arguments of a write, the last of which are its options, as its folder wants it.
 *
 * @param location That of the database.
 */
export function durable(location: string, args: readonly unknown[]): unknown[] {
  const place = resolve(location);
  const isSynced = [...synced].some((folder) => place.startsWith(folder));
  return isSynced ? [...args.slice(0, -1), { ...(args.at(-1) as object), sync: true }] : [...args];
}

function isLevelError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('LEVEL_')
  );
}

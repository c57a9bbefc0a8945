/** The durable record of every change on this machine: one line of JSON each, in the data folder, bounded. */
import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { changeKeyOf, type LevelChanged } from '../events/level-events.ts';

/** At this size a file is put aside, and the one put aside before goes: about 40,000 changes each. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Changes that this process knows it has written. */
const MOST_KNOWN = 1_000;

/** Where changes are written to. */
export interface ChangeRecord {
  /** Writes those that it has not written yet. It rejects where the disk does. */
  add(events: readonly LevelChanged[]): Promise<void>;
}

/** Of one table in a data folder: the one that is written to, and the one before it. */
function filesOf(dataDir: string, tableName: string) {
  const folder = join(dataDir, 'changes');
  const file = (suffix: string) => join(folder, `${tableName}${suffix}.jsonl`);
  return { folder, current: file(''), before: file('.before') };
}

/**
 * Makes it.
 *
 * @param options.flush Whether a written change outlives the machine, too.
 * @param options.mostBytes Of one file; there are two (8 MiB).
 */
export function createChangeRecord(
  dataDir: string,
  tableName: string,
  options: { readonly flush: boolean; readonly mostBytes?: number },
): ChangeRecord {
  const { flush, mostBytes = MOST_BYTES } = options;
  const { folder, current, before } = filesOf(dataDir, tableName);
  const known = new Set<string>();
  let isWhole = false;
  let writing = Promise.resolve();

  async function write(events: readonly LevelChanged[]): Promise<void> {
    // Those that are told to others later come again until they are told.
    const added = events.filter((event) => !known.has(changeKeyOf(event)));
    if (added.length === 0) return;
    await mkdir(folder, { recursive: true });
    const bytes = await sizeOf(current);
    if (bytes >= mostBytes) await rename(current, before);
    // What a crash or a full disk cut off must not take the next line with it.
    const start = bytes > 0 && bytes < mostBytes && !isWhole ? '\n' : '';
    isWhole = false;
    const lines = added.map((event) => `${JSON.stringify(event)}\n`).join('');
    await appendFile(current, start + lines, { flush });
    isWhole = true;
    if (known.size >= MOST_KNOWN) known.clear();
    for (const event of added) known.add(changeKeyOf(event));
  }

  return {
    add(events) {
      const written = writing.then(() => write(events));
      writing = written.catch(() => {});
      return written;
    },
  };
}

/**
 * Every line of a record, oldest first, as it was parsed; what is no JSON is left out.
 *
 * @returns [] where there is no record.
 */
export async function readChangeRecord(
  dataDir: string,
  tableName: string,
): Promise<readonly unknown[]> {
  const { current, before } = filesOf(dataDir, tableName);
  const texts = await Promise.all([textOf(before), textOf(current)]);
  return texts.flatMap((text) => text.split('\n')).flatMap(parsed);
}

function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await orNone(stat(file)))?.size ?? 0;
}

async function textOf(file: string): Promise<string> {
  return (await orNone(readFile(file, 'utf8'))) ?? '';
}

async function orNone<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

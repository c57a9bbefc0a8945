/** The files of one table: kept as they are until LevelDB has opened them, since it drops what it cannot read. */
import { existsSync } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { ClassicLevel } from 'classic-level';

/** What a table's own LevelDB says of its files. */
export interface Opened {
  /** What is lost, or may be, in one sentence; null where nothing is known to be. */
  readonly loss: string | null;
}

/** The files of a LevelDB that hold what was written. */
const HOLDS_DATA = /^(MANIFEST-\d+|\d+\.(log|ldb|sst))$/;

/** A folder that LevelDB would take for a new one, and empty. */
export class HeadlessError extends Error {
  override readonly name = 'HeadlessError';
  readonly code = 'TABLE_HEADLESS';
}

/**
 * Opens a table's LevelDB and closes it again, and tells what it could not read.
 *
 * @param folder The DATA_DIR.
 * @param name The table's.
 * @param use Opens and reads the whole of it; what that throws is passed on.
 * @throws HeadlessError where files are there, but the one that names them is not.
 */
export async function openOnce(
  folder: string,
  name: string,
  use: (place: string) => Promise<ClassicLevel>,
): Promise<Opened> {
  const place = join(folder, 'tables', name);
  const known = join(folder, 'known', name);
  const files = await filesIn(place);
  const holdsData = files.some((file) => HOLDS_DATA.test(file));
  if (holdsData && !files.includes('CURRENT')) {
    throw new HeadlessError(`tables/${name} has files, but no CURRENT`);
  }
  const wasThere = existsSync(known);
  const aside = join(folder, 'before-open', name);
  await keep(place, files, aside);
  await (await use(place)).close();
  const lostBytes = droppedBytes(await readFile(join(place, 'LOG'), 'utf8'));
  await mkdir(join(folder, 'known'), { recursive: true });
  await writeFile(known, '');
  if (lostBytes > 0) {
    const kept = await keepForGood(aside, folder, name);
    return {
      loss: `${lostBytes} bytes of the log of table ${name} could not be read: counts, changes of the level or of the policy may be lost; the files as they were are in ${kept}, delete that folder when you have seen to it`,
    };
  }
  await rm(aside, { recursive: true, force: true });
  const isGone = wasThere && !holdsData;
  if (wasThere && holdsData && !files.some((file) => file.endsWith('.log'))) {
    // An open LevelDB always has one; where it is not there, nothing in its LOG says so.
    return {
      loss: `the log of table ${name} is gone: counts, changes of the level or of the policy may be lost`,
    };
  }
  return {
    loss: isGone
      ? `the files of table ${name} are gone, with all that they held: its levels begin at 1`
      : null,
  };
}

/** What is no folder is LevelDB's to refuse. */
async function filesIn(place: string): Promise<readonly string[]> {
  return existsSync(place) && (await stat(place)).isDirectory() ? readdir(place) : [];
}

/** The folders in which damaged files are kept, as paths. */
export async function keptAside(folder: string): Promise<readonly string[]> {
  const damaged = join(folder, 'damaged');
  const names = existsSync(damaged) ? await readdir(damaged) : [];
  return names.map((name) => join(damaged, name));
}

/**
 * How much LevelDB could not read, by its own LOG of this opening. The torn record that a kill leaves is
 * none of it: nobody was told that it is written.
 */
export function droppedBytes(log: string): number {
  const dropped = [...log.matchAll(/: dropping (\d+) bytes; /g)];
  return dropped.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

/** By links: LevelDB writes new files and deletes old ones, but never changes one. */
async function keep(place: string, files: readonly string[], aside: string): Promise<void> {
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  for (const file of files.filter((each) => HOLDS_DATA.test(each) || each === 'CURRENT')) {
    const [from, to] = [join(place, file), join(aside, file)];
    try {
      await link(from, to);
    } catch {
      // There are file systems without links.
      await copyFile(from, to);
    }
  }
}

async function keepForGood(aside: string, folder: string, name: string): Promise<string> {
  const damaged = join(folder, 'damaged');
  await mkdir(damaged, { recursive: true });
  for (let number = 1; ; number += 1) {
    const kept = join(damaged, `${name}-${number}`);
    if (existsSync(kept)) continue;
    await rename(aside, kept);
    return kept;
  }
}

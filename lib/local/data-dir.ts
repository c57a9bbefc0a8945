/** The folder on disk: it must be ours, only one server may use it, and each table has its own place. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { rootName, StartError } from './errors.ts';
import { watchPlaces } from './place-watch.ts';
import { HeadlessError, keptAside, openOnce } from './table-files.ts';

/** The file that says that a folder belongs to this project. */
const MARKER = 'resilient-service-system.json';
const MARKER_TEXT = '{"format":1}\n';

/** A folder that this process alone uses. */
export interface DataDir {
  /** Where the level table lives. */
  readonly tablePath: string;
  /**
   * A place for another table.
   *
   * @throws StartError
   */
  placeOf(tableName: string): Promise<string>;
  /** What is lost, or may be, each in one sentence: as long as the process runs, or its files are kept aside. */
  problems(): Promise<readonly string[]>;
  /** From now on says when the files of a table are taken away. */
  watch(): void;
  release(): Promise<void>;
}

/**
 * Takes a folder: makes it if it is missing, refuses it if it is somebody else's, in use or damaged.
 *
 * The lock is that of a LevelDB, which the operating system drops with the process, however that
 * ends; a lock file would outlive a kill.
 *
 * @param tableName Names the table's own folder, so that no stage can harm another's.
 * @param tell Told of each problem once, when it is found.
 * @throws StartError
 */
export async function takeDataDir(
  path: string,
  tableName: string,
  tell: (problem: string) => void,
): Promise<DataDir> {
  await usable(path, () => claim(path));
  const lock = new ClassicLevel(join(path, 'lock'));
  await open(lock, path);
  const tablePath = join(path, 'tables', tableName);
  const found: string[] = [];
  const note = (problem: string) => {
    found.push(problem);
    tell(problem);
  };
  const places: string[] = [];
  let stopWatching: (() => void) | null = null;
  // dynalite would tell of a table that cannot be opened in its own way, and late.
  const placeOf = async (name: string) => {
    const { loss } = await readable(path, () =>
      openOnce(path, name, (place) => openWhole(place, path)),
    );
    if (loss !== null) note(loss);
    const place = join(path, 'tables', name);
    places.push(place);
    return place;
  };
  try {
    await usable(path, () => takeOver(path, tablePath));
    await placeOf(tableName);
  } catch (error) {
    await lock.close();
    throw error;
  }
  return {
    tablePath,
    placeOf,
    async problems() {
      const kept = await keptAside(path);
      const before = kept.filter((folder) => !found.some((problem) => problem.includes(folder)));
      return [...found, ...before.map((folder) => `damaged files of before are in ${folder}`)];
    },
    watch() {
      stopWatching = watchPlaces(places, note);
    },
    async release() {
      stopWatching?.();
      await lock.close();
    },
  };
}

async function claim(path: string): Promise<void> {
  await makeFolder(path);
  const entries = await readdir(path);
  if (entries.length > 0 && !entries.includes(MARKER)) {
    throw new StartError(
      `DATA_DIR ${path} is not empty and not of this project (no ${MARKER}); choose another folder`,
    );
  }
  const marker = join(path, MARKER);
  const text = entries.includes(MARKER) ? await readFile(marker, 'utf8') : '';
  // A kill during the first start leaves it empty.
  if (text === '') await writeFile(marker, MARKER_TEXT);
  else if (text !== MARKER_TEXT) {
    const got = JSON.stringify(text.slice(0, 40));
    throw new StartError(
      `DATA_DIR ${path} is of another version: ${MARKER} must be ${MARKER_TEXT.trim()}, got ${got}; choose another folder`,
    );
  }
}

/**
 * All tables once lived in one place, `table`. It is copied and left, for it may hold other tables,
 * which their stages take over when they start.
 */
async function takeOver(path: string, tablePath: string): Promise<void> {
  const [old, copy] = [join(path, 'table'), join(path, 'taking-over')];
  if (existsSync(tablePath) || !existsSync(old)) return;
  await rm(copy, { recursive: true, force: true });
  await cp(old, copy, { recursive: true });
  await mkdir(join(path, 'tables'), { recursive: true });
  await rename(copy, tablePath);
}

/** Node's own way to make the folders above does not end where one cannot be made, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** Reads all of it: what cannot be read is found now, and not when somebody asks for it. */
async function openWhole(place: string, path: string): Promise<ClassicLevel> {
  const table = new ClassicLevel(place, { valueEncoding: 'json' });
  await open(table, path);
  try {
    await table.iterator().all();
  } catch (cause) {
    await table.close();
    throw damaged(path, rootName(cause), cause);
  }
  return table;
}

async function readable<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    if (cause instanceof HeadlessError) throw damaged(path, cause.message, cause);
    throw unusable(path, cause);
  }
}

function damaged(path: string, what: string, cause: unknown): StartError {
  const message = `DATA_DIR ${path} is damaged (${what}); move it away, or choose another folder`;
  return new StartError(message, { cause });
}

function unusable(path: string, cause: unknown): StartError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  return new StartError(`DATA_DIR ${path} cannot be used (${code}); choose another folder`, {
    cause,
  });
}

async function usable(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw unusable(path, cause);
  }
}

async function open(level: ClassicLevel, path: string): Promise<void> {
  try {
    await level.open();
  } catch (cause) {
    throw new StartError(`DATA_DIR ${path} ${openProblem(cause)}, or choose another folder`, {
      cause,
    });
  }
}

function openProblem(error: unknown): string {
  const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
  const detail = cause?.message ?? String(error);
  if (cause?.code === 'LEVEL_LOCKED') return 'is in use by another npm start; stop that one';
  if (cause?.code === 'LEVEL_CORRUPTION') return `is damaged (${detail}); move it away`;
  return `cannot be opened (${detail}); check its permissions and the space on its disk`;
}

/** The folder on disk: it must be ours, and only one server may use it. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { StartError } from './errors.ts';

/** The file that says that a folder belongs to this project. */
const MARKER = 'resilient-service-system.json';

/** A folder that this process alone uses. */
export interface DataDir {
  /** Where the table lives. */
  readonly tablePath: string;
  release(): Promise<void>;
}

/**
 * Takes a folder: makes it if it is missing, refuses it if it is somebody else's or in use.
 *
 * The lock is that of a LevelDB, which the operating system drops with the process, however that
 * ends; a lock file would outlive a kill.
 *
 * @throws StartError
 */
export async function takeDataDir(path: string): Promise<DataDir> {
  const marker = join(path, MARKER);
  try {
    await mkdir(path, { recursive: true });
    const entries = await readdir(path);
    if (entries.length > 0 && !entries.includes(MARKER)) {
      throw new StartError(
        `DATA_DIR ${path} is not empty and not of this project (no ${MARKER}); choose another folder`,
      );
    }
    await writeFile(marker, '{"format":1}\n');
  } catch (error) {
    if (error instanceof StartError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StartError(`DATA_DIR ${path} cannot be used (${code}); choose another folder`, {
      cause: error,
    });
  }
  const lock = new ClassicLevel(join(path, 'lock'));
  try {
    await lock.open();
  } catch (cause) {
    throw new StartError(
      `DATA_DIR ${path} is in use by another server; stop it or choose another folder`,
      { cause },
    );
  }
  return { tablePath: join(path, 'table'), release: () => lock.close() };
}

/** The emulator of AWS, installed once into the project's cache folder. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const VERSION = '1.5.33';
const CACHE = new URL('../../../.cache/ministack', import.meta.url).pathname;
const INSTALLED = join(CACHE, VERSION);

/** The Python that has the emulator, as the module `ministack`. */
export const PYTHON = join(INSTALLED, 'bin/python');

/** How long the download may take, in milliseconds. */
const INSTALL_MS = 300_000;

/**
 * Installs MiniStack if it is not there. It is put together under another name, so that what has
 * the name is whole; if another run was quicker, its copy stays.
 *
 * @throws Error with what to install if there is no Python with venv.
 */
export async function setup(): Promise<void> {
  if (existsSync(PYTHON)) return;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, 'making-'));
  try {
    await makeVenv(making);
    const wanted = `ministack==${VERSION}`;
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wanted];
    await run(join(making, 'bin/python'), pip, { timeout: INSTALL_MS });
    await rename(making, INSTALLED);
  } catch (error) {
    if (!existsSync(PYTHON)) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function makeVenv(folder: string): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `the emulator needs python3 with venv (on Debian: apt-get install python3-venv), got: ${message}`,
      { cause: error },
    );
  }
}

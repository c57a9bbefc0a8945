/** What the second engines need, installed once into the project's cache folder. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const HERE = new URL('.', import.meta.url).pathname;
const CACHE = new URL('../../.cache/engines', import.meta.url).pathname;

/** How long a download may take, in milliseconds. */
const INSTALL_MS = 300_000;

/** Where a Python that is new enough may be; the first that is there is taken. */
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11'];

/** The oldest that the interpreter and moto run on: that of Debian 12. */
const OLDEST = [3, 11] as const;

/**
 * A Python that has what a file of requirements of this folder names, each at its version and nothing else.
 *
 * @throws Error with what to install if there is no Python, or what pip said.
 */
export async function pythonWith(file: string): Promise<string> {
  const requirements = await readFile(join(HERE, file));
  const hash = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const place = join(CACHE, `${file.split('.')[0]}-${hash}`);
  await once(place, async (making) => {
    await run(await pythonOf(), ['-m', 'venv', making]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    const args = [...pip, '--requirement', join(HERE, file)];
    await run(join(making, 'bin/python'), args, { timeout: INSTALL_MS });
  });
  return join(place, 'bin/python');
}

/** The first Python of this machine that is new enough and has venv. */
async function pythonOf(): Promise<string> {
  const wanted = `import sys, ensurepip; sys.exit(sys.version_info < (${OLDEST.join(', ')}))`;
  for (const python of PYTHONS) {
    const found = await run(python, ['-c', wanted]).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  throw new Error(
    `the second engines need Python ${OLDEST.join('.')} or newer with venv (on Debian 12: apt-get ` +
      `install python3 python3-venv); none of ${PYTHONS.join(', ')} is one`,
  );
}

/** Makes a folder under another name first, so that what has its name is whole; the quicker of two runs wins. */
async function once(place: string, make: (making: string) => Promise<void>): Promise<void> {
  if (existsSync(place)) return;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, 'making-'));
  try {
    await make(making);
    await rename(making, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

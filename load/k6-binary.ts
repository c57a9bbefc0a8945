/** The pinned k6: its version, where it is installed, and how it is found. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LoadError } from './errors.ts';

const run = promisify(execFile);

/** The version that the scenarios are written for. */
export const K6_VERSION = '1.8.1';

/** The folder that holds the pinned k6 and nothing else. */
export const K6_FOLDER = fileURLToPath(new URL(`../.cache/k6/${K6_VERSION}/`, import.meta.url));

/** The file name of k6 on this platform. */
export const K6_FILE = process.platform === 'win32' ? 'k6.exe' : 'k6';

/** The version that a k6 says it has, for example `1.8.1`; null if there is none to run. */
export async function versionOf(binary: string): Promise<string | null> {
  try {
    const { stdout } = await run(binary, ['version']);
    return /\bv(\d\S*)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

/**
 * Finds the k6 to run: K6_BIN, or else the installed one.
 *
 * @throws LoadError if it does not run.
 */
export async function findK6(
  override: string | undefined,
): Promise<{ readonly binary: string; readonly version: string }> {
  const binary = override || join(K6_FOLDER, K6_FILE);
  const version = await versionOf(binary);
  if (version !== null) return { binary, version };
  throw new LoadError(
    override
      ? `K6_BIN: ${override} is no k6 that runs`
      : `k6 ${K6_VERSION} is not installed: npm run load:install builds it, or set K6_BIN`,
  );
}

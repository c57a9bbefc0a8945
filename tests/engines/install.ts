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

/** Apache Velocity in both versions: the class path of each. */
export async function velocities(): Promise<Readonly<Record<'1.7' | '2.4.1', string>>> {
  const [pom, sums] = await Promise.all(
    ['pom.xml', 'jars.sha256'].map((name) => readFile(join(HERE, name), 'utf8')),
  );
  const hash = createHash('sha256').update(`${pom}${sums}`).digest('hex').slice(0, 12);
  const place = join(CACHE, `jars-${hash}`);
  await once(place, async (making) => {
    await demand('mvn', ['--version'], 'Maven (on Debian: apt-get install maven)');
    const output = `-DoutputDirectory=${making}`;
    const args = ['-q', '-B', '-f', join(HERE, 'pom.xml'), COPY_DEPENDENCIES, output];
    await run('mvn', args, { timeout: INSTALL_MS });
    for (const [name, sha256] of linesOf(sums ?? '')) await checkSum(join(making, name), sha256);
  });
  await demand(
    'javac',
    ['-version'],
    'a JDK of 11 or newer (apt-get install default-jdk-headless)',
  );
  const jars = linesOf(sums ?? '').map(([name]) => join(place, name));
  const without = (other: string) => jars.filter((jar) => !jar.endsWith(other)).join(':');
  return {
    '1.7': without('velocity-engine-core-2.4.1.jar'),
    '2.4.1': without('velocity-1.7.jar'),
  };
}

const COPY_DEPENDENCIES =
  'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The lines of a file of `sha256sum`. */
function linesOf(sums: string): (readonly [name: string, sha256: string])[] {
  const lines = sums.trim().split('\n');
  return lines.map((line) => line.split('  ')).map(([sha256 = '', name = '']) => [name, sha256]);
}

async function checkSum(file: string, sha256: string): Promise<void> {
  const bytes = await readFile(file);
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== sha256) throw new Error(`${file} must have SHA-256 ${sha256}, got ${got}`);
}

async function demand(command: string, given: readonly string[], what: string): Promise<void> {
  try {
    await run(command, given);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`the second engines need ${what}, got: ${message}`, { cause: error });
  }
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

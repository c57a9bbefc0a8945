/** `npm run load:install [-- FOLDER]`: builds the pinned k6 from source, into .cache by default. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { LoadError } from './errors.ts';
import { startProgress } from './progress.ts';
import { K6_FILE, K6_FOLDER, K6_VERSION, versionOf } from './k6-binary.ts';

/** About so many packages are compiled for it. */
const PACKAGES = 780;

const MODULE = `go.k6.io/k6@v${K6_VERSION}`;

async function install(folder: string): Promise<void> {
  const binary = join(folder, K6_FILE);
  if ((await versionOf(binary)) === K6_VERSION) {
    process.stdout.write(`k6 ${K6_VERSION} is there already\n`);
    return;
  }
  process.stdout.write(
    `Building k6 ${K6_VERSION} with go install: once, a few minutes on 2 cores.\n`,
  );
  const startedAt = performance.now();
  await goInstall(folder);
  const version = await versionOf(binary);
  if (version !== K6_VERSION) {
    throw new LoadError(
      `go install made a k6 that says ${version ?? 'nothing'}, not ${K6_VERSION}`,
    );
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  process.stdout.write(`k6 ${K6_VERSION} is installed, after ${seconds} s\n`);
}

/** Go checks what it downloads against its checksum database; k6 needs no C compiler. */
async function goInstall(folder: string): Promise<void> {
  const child = spawn('go', ['install', '-v', MODULE], {
    env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const progress = startProgress('load:install');
  let packages = 0;
  // With -v it names each module that it downloads and each package that it compiles.
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) {
      packages += 1;
      progress.at(Math.min(packages, PACKAGES), PACKAGES, `compiling ${line}`);
    } else if (line.startsWith('go: downloading')) progress.at(packages, PACKAGES, line);
    else process.stderr.write(`${line}\n`);
  });
  const [code] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new LoadError(
      'go is missing: install Go 1.25 or newer (go.dev/doc/install), or set K6_BIN to a k6 of your own',
    );
  })) as [number | null];
  progress.end();
  if (code !== 0)
    throw new LoadError(`go install ${MODULE} ended with ${code}; its words are above`);
}

try {
  await install(resolve(process.argv[2] ?? K6_FOLDER));
} catch (error) {
  if (!(error instanceof LoadError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

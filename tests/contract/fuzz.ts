/** Fuzzes a server by the contract that it serves, by Schemathesis (PyPI, once below .cache): `node tests/contract/fuzz.ts SECONDS`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, stop } from '../../load/bench/service-process.ts';

const VERSION = '4.32.5';
const ROOT = new URL('../..', import.meta.url).pathname;
const CACHE = join(ROOT, '.cache');
const VENV = join(CACHE, 'schemathesis', VERSION);
const COMMAND = join(VENV, 'bin/schemathesis');
const CONFIG = join(ROOT, 'tests/contract/schemathesis.toml');

/** Another seed is another run; the report says which it was. */
const { FUZZ_SEED: seed = '1' } = process.env;

const [seconds = '300'] = process.argv.slice(2);
mkdirSync(CACHE, { recursive: true });
const data = mkdtempSync(join(CACHE, 'fuzz-'));
process.env['FAULT_SWITCH'] = 'off';
install();
const server = await startServer(join(ROOT, 'lib/local/main.ts'), ROOT, join(data, 'data'));
const args = [
  ['--config-file', CONFIG, '--no-color', 'run', `${server.url}/openapi.json`],
  ['--phases', 'examples,coverage,fuzzing', '--max-time', seconds, '--seed', seed],
  ['--continue-on-failure', '--request-timeout', '10'],
].flat();
const { status } = spawnSync(COMMAND, args, { cwd: data, stdio: 'inherit' });
await stop(server);
rmSync(data, { recursive: true });
process.exitCode = status ?? 1;

/** The command comes last. */
function install(): void {
  if (existsSync(COMMAND)) return;
  execFileSync('python3', ['-m', 'venv', VENV]);
  const pip = ['install', '--quiet', `schemathesis==${VERSION}`];
  execFileSync(join(VENV, 'bin/pip'), pip, { stdio: 'inherit' });
}

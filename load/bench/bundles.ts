/** `npm run bench:bundles`: the size of each function's bundle, and how long Node takes to import it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { packaged } from '../../tests/deploy/packaged.ts';
import { startProgress } from '../progress.ts';
import { machineLine, median, updateBlock } from './report.ts';

const run = promisify(execFile);

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const ROUNDS = 21;
const FUNCTIONS = [
  'full-service',
  'degraded-service',
  'maintenance-service',
  'mutator',
  'get-state',
  'control',
] as const;

/** Prints how long the import took, from inside a fresh process. */
const TIMER =
  'const from = performance.now(); await import(process.argv[1]); console.log(performance.now() - from);';

async function importMs(file: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', TIMER, file]);
  return Number(stdout);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean' } } });
  const folder = await mkdtemp(join(tmpdir(), 'resilient-bundles-'));
  const progress = startProgress('bench:bundles');
  progress.at(0, ROUNDS, 'packaging');
  const service = await packaged('prod');
  const files = new Map([['empty handler', join(folder, 'empty.js')]]);
  const sizes = new Map<string, { readonly js: number; readonly zip: number }>();
  try {
    await writeFile(join(folder, 'empty.js'), 'exports.handler = async () => {};\n');
    for (const name of FUNCTIONS) {
      const { bytes, files: packed } = service.archive(name);
      const js = packed.get(`functions/${name}.js`) ?? Buffer.alloc(0);
      sizes.set(name, { js: js.length, zip: bytes });
      files.set(name, join(folder, `${name}.js`));
      await writeFile(join(folder, `${name}.js`), js);
    }
    const times = new Map([...files.keys()].map((name): [string, number[]] => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      progress.at(round, ROUNDS, 'importing');
      for (const [name, file] of files) times.get(name)?.push(await importMs(file));
    }
    progress.end();
    const empty = median(times.get('empty handler') ?? []);
    const rows = [...times].map(([name, measured]) => {
      const ms = median(measured);
      const size = sizes.get(name);
      const kilobytes = (bytes: number | undefined) =>
        bytes === undefined ? '' : (bytes / 1_024).toFixed(1);
      return `| ${name} | ${kilobytes(size?.js)} | ${kilobytes(size?.zip)} | ${ms.toFixed(1)} | ${(ms / empty).toFixed(1)} |`;
    });
    const table = [
      `${machineLine()}; stage prod; median of ${ROUNDS} imports, each in a fresh process.`,
      '',
      '| function | .js KB | zip with map KB | import ms | Ratio |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
    process.stdout.write(`${table}\n`);
    if (values.write === true) await updateBlock(BENCHMARKS, 'bundles', table);
  } finally {
    await rm(folder, { recursive: true });
  }
}

await main();

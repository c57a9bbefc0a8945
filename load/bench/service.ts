/** `npm run bench:service`: requests per second and latency of the healthy path, with a bare server beside it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { machineLine, updateBlock } from './report.ts';

const run = promisify(execFile);

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const AUTOCANNON = fileURLToPath(import.meta.resolve('autocannon'));
const SERVERS = {
  bare: new URL('bare-server.ts', import.meta.url).pathname,
  service: new URL('../../lib/local/main.ts', import.meta.url).pathname,
} as const;

const CONCURRENCIES = [1, 20] as const;
const ROUNDS = 5;

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  output(): string;
}

async function start(script: string, dataDir: string): Promise<Running> {
  const env = {
    ...process.env,
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    TICK_SECONDS: '0',
  };
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [, found] = /^Listening on (\S+)$/m.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { url, child, output: () => output };
}

/** One run of the load generator, in a process of its own; every answer must be the healthy one. */
async function fire(url: string, connections: number, seconds: number): Promise<Measured> {
  const body = '{"error":false}';
  const expected = '{"status":200,"level":1,"msg":"Full Capacity"}';
  const { stdout } = await run(process.execPath, [
    AUTOCANNON,
    '--json',
    `--connections=${connections}`,
    `--duration=${seconds}`,
    '--method=POST',
    '--headers=Content-Type=application/json',
    `--body=${body}`,
    `--expectBody=${expected}`,
    `${url}/service-api`,
  ]);
  const result = JSON.parse(stdout) as {
    readonly requests: { readonly total: number };
    readonly duration: number;
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly non2xx: number;
    readonly errors: number;
    readonly mismatches: number;
  };
  const { non2xx, errors, mismatches, requests, duration, latency } = result;
  if (non2xx + errors + mismatches > 0) {
    throw new Error(`${non2xx} not 2xx, ${errors} errors, ${mismatches} with another body`);
  }
  return { perSecond: requests.total / duration, p50Ms: latency.p50, p99Ms: latency.p99 };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const summary = (rounds: readonly Measured[]) => ({
  perSecond: median(rounds.map((round) => round.perSecond)),
  min: Math.min(...rounds.map((round) => round.perSecond)),
  max: Math.max(...rounds.map((round) => round.perSecond)),
  p50Ms: median(rounds.map((round) => round.p50Ms)),
  p99Ms: median(rounds.map((round) => round.p99Ms)),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { write: { type: 'boolean' }, seconds: { type: 'string', default: '4' } },
  });
  const seconds = Number(values.seconds);
  const folder = await mkdtemp(join(tmpdir(), 'resilient-bench-'));
  const bare = await start(SERVERS.bare, folder);
  const service = await start(SERVERS.service, folder);
  const rows: string[] = [];
  try {
    for (const connections of CONCURRENCIES) {
      const measured: { bare: Measured[]; service: Measured[] } = { bare: [], service: [] };
      await fire(service.url, connections, 2);
      for (let round = 0; round < ROUNDS; round += 1) {
        measured.bare.push(await fire(bare.url, connections, seconds));
        measured.service.push(await fire(service.url, connections, seconds));
      }
      const [floor, ours] = [summary(measured.bare), summary(measured.service)];
      for (const [name, it] of [
        ['bare server', floor],
        ['service', ours],
      ] as const) {
        const ratio = (it.perSecond / floor.perSecond).toFixed(2);
        const range = `${Math.round(it.min)}–${Math.round(it.max)}`;
        rows.push(
          `| ${connections} | ${name} | ${Math.round(it.perSecond)} | ${range} | ${it.p50Ms || '<1'} | ${it.p99Ms || '<1'} | ${ratio} |`,
        );
      }
    }
    if (service.output().includes('state read failed')) {
      throw new Error('some answers were fail-open ones: the figures would be of a broken table');
    }
  } finally {
    for (const { child } of [bare, service]) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
    await rm(folder, { recursive: true });
  }
  const table = [
    `${machineLine()}; median of ${ROUNDS} runs of ${seconds} s, the load generator in its own process.`,
    '',
    '| connections | server | requests/s | min–max | p50 ms | p99 ms | Ratio |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  process.stdout.write(`${table}\n`);
  if (values.write === true) await updateBlock(BENCHMARKS, 'service', table);
}

await main();

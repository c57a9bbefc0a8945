/** `npm run bench:service`: requests per second and latency of `npm start`, with a bare server beside it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgress } from '../progress.ts';
import { STATUS_PATH } from '../status.ts';
import { machineLine, median, updateBlock } from './report.ts';
import { fire, startServer, stop, type Measured, type Running } from './service-process.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const BARE = new URL('bare-server.ts', import.meta.url).pathname;
const ROOT = new URL('../../', import.meta.url).pathname;

const CONCURRENCIES = [1, 20] as const;
const ROUNDS = 5;

/** The server that the Ratio column compares with, and the one of another checkout. */
const [FLOOR, OURS, BEFORE] = ['bare server', 'service', 'service before'] as const;

const WORKLOADS = [
  {
    name: 'healthy',
    body: '{"error":false}',
    status: 200,
    answer: '{"status":200,"level":1,"msg":"Full Capacity"}',
  },
  {
    name: 'error, one write each',
    body: '{"error":true}',
    status: 500,
    answer: '{"status":500,"message":"Internal Server Error"}',
  },
] as const;

/** No number of errors of a run comes near: the level stays, so that each costs the same. */
const POLICY = { errorsToDegrade: 999_999, errorsToMaintenance: 1_000_000 };

interface Row {
  readonly workload: string;
  readonly connections: number;
  readonly server: string;
  readonly rounds: Measured[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      seconds: { type: 'string', default: '4' },
      before: { type: 'string' },
    },
  });
  const seconds = Number(values.seconds);
  const folder = await mkdtemp(join(tmpdir(), 'resilient-bench-'));
  const running: [name: string, server: Running][] = [];
  try {
    running.push([FLOOR, await startServer(BARE, ROOT, join(folder, 'bare'))]);
    running.push([OURS, await startService(ROOT, join(folder, 'ours'))]);
    if (values.before !== undefined) {
      running.push([BEFORE, await startService(resolve(values.before), join(folder, 'before'))]);
    }
    const rows = await measure(running, seconds);
    const table = [
      `${machineLine()}; median of ${ROUNDS} runs of ${seconds} s, one after the other, the load generator in its own process.`,
      '',
      '| requests | connections | server | requests/s | min–max | p50 ms | p99 ms | Ratio |',
      '|---|---|---|---|---|---|---|---|',
      ...rows.map((row) => lineOf(row, rows)),
    ].join('\n');
    process.stdout.write(`${table}\n`);
    if (values.write === true) await updateBlock(BENCHMARKS, 'service', table);
  } finally {
    for (const [, server] of running) await stop(server);
    await rm(folder, { recursive: true });
  }
}

async function startService(checkout: string, dataDir: string): Promise<Running> {
  const server = await startServer(join(checkout, 'lib/local/main.ts'), checkout, dataDir);
  const response = await fetch(`${server.url}${STATUS_PATH}/policy`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(POLICY),
  });
  if (!response.ok) throw new Error(`the policy was answered ${response.status}`);
  return server;
}

async function measure(
  running: readonly (readonly [string, Running])[],
  seconds: number,
): Promise<Row[]> {
  const progress = startProgress('bench:service');
  const rows = WORKLOADS.flatMap((workload) =>
    CONCURRENCIES.flatMap((connections) =>
      running
        .filter(([server]) => server !== FLOOR || workload === WORKLOADS[0])
        .map(([server, { url, output }]) => ({
          row: { workload: workload.name, connections, server, rounds: [] } as Row,
          run: async (forSeconds: number) => {
            const measured = await fire(url, connections, forSeconds, workload);
            if (output().includes('state read failed')) {
              throw new Error(
                'some answers were fail-open ones: the figures would be of a broken table',
              );
            }
            return measured;
          },
        })),
    ),
  );
  const total = rows.length * (ROUNDS + 1);
  let done = 0;
  for (const { row, run } of rows) {
    progress.at((done += 1), total, `warming up ${row.server}`);
    await run(2);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { row, run } of rows) {
      progress.at((done += 1), total, `${row.workload}, ${row.connections} connections`);
      row.rounds.push(await run(seconds));
    }
  }
  progress.end();
  return rows.map(({ row }) => row);
}

/** The Ratio is to the checkout before where there is one, else to the bare server. */
function lineOf(row: Row, rows: readonly Row[]): string {
  const perSecond = median(row.rounds.map((round) => round.perSecond));
  const beside = rows.filter(
    (other) => other.workload === row.workload && other.connections === row.connections,
  );
  const baseline =
    beside.find(({ server }) => server === BEFORE) ?? beside.find(({ server }) => server === FLOOR);
  const ratio =
    baseline === undefined
      ? ''
      : (perSecond / median(baseline.rounds.map((round) => round.perSecond))).toFixed(2);
  const all = row.rounds.map((round) => round.perSecond);
  const range = `${Math.round(Math.min(...all))}–${Math.round(Math.max(...all))}`;
  const ms = (of: (round: Measured) => number) => median(row.rounds.map(of)) || '<1';
  const cells = [row.workload, row.connections, row.server, Math.round(perSecond), range];
  return `| ${[...cells, ms(({ p50Ms }) => p50Ms), ms(({ p99Ms }) => p99Ms), ratio].join(' | ')} |`;
}

await main();

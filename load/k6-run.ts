/** k6 as a process: its answers while they come, and its thresholds when it has ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Arguments } from './arguments.ts';
import { parseSample, type Answer } from './report/samples.ts';
import type { Threshold } from './report/summary.ts';

const SCRIPT = fileURLToPath(new URL('k6/main.ts', import.meta.url));

/** Nothing is fetched, sent home or listened on; every sample goes to the standard output. */
const FLAGS = ['--quiet', '--no-color', '--no-usage-report', '--address', '', '--out', 'json=-'];

/** k6 says this of every request without an answer; the report counts them by their reason. */
const NOISE = 'msg="Request Failed"';

/** Runs a scenario to its end. What else k6 complains of goes to the standard error. */
export async function runK6(
  binary: string,
  options: Arguments,
  onAnswer: (answer: Answer) => void,
): Promise<{ readonly exit: number | null; readonly thresholds: readonly Threshold[] }> {
  const summaryFile = join(options.out, 'k6-summary.json');
  await rm(summaryFile, { force: true });
  const settings = {
    SCENARIO: options.scenario,
    TARGET: `${options.url}/service-api`,
    SCALE: options.scale,
    ALLOW_FAIL_OPEN: options.allowFailOpen,
    SUMMARY_FILE: summaryFile,
  };
  const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const child = spawn(binary, ['run', ...FLAGS, ...env, SCRIPT], {
    env: { ...process.env, K6_AUTO_EXTENSION_RESOLUTION: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', (line) => {
    if (!line.includes(NOISE)) process.stderr.write(`${line}\n`);
  });
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => {
    const answer = parseSample(line);
    if (answer !== null) onAnswer(answer);
  });
  const [exit] = await closed;
  return { exit, thresholds: await readThresholds(summaryFile) };
}

interface K6Summary {
  readonly metrics: Readonly<
    Record<string, { readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>> }>
  >;
}

/** None if k6 ended before it wrote them. */
async function readThresholds(file: string): Promise<Threshold[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return [];
  const { metrics } = JSON.parse(text) as K6Summary;
  return Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([rule, { ok }]) => ({ name: `${metric} ${rule}`, held: ok })),
  );
}

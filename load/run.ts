/** `npm run load`: puts a service under load with k6 and reports what it answered. */
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HELP, readArguments, type Arguments } from './arguments.ts';
import { machineLine } from './bench/report.ts';
import { LoadError } from './errors.ts';
import { findK6 } from './k6-binary.ts';
import { runK6 } from './k6-run.ts';
import { durationMs, SCENARIOS } from './k6/scenarios.ts';
import { readLog } from './report/changes.ts';
import type { Answer } from './report/samples.ts';
import { summarise, type Run } from './report/summary.ts';
import { readAtRest, readStatus, startPolling, type Status } from './status.ts';

const PROGRESS_MS = 10_000;

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(HELP);
    return;
  }
  const k6 = await findK6(process.env['K6_BIN']);
  if (options.log !== null) await requireLog(options.log);
  const before = await readStatus(options.url);
  await mkdir(options.out, { recursive: true });
  const what = `${options.scenario} against ${options.url} for ${secondsOf(options)} s`;
  print(`${what}, with k6 ${k6.version}`);
  const startedAtMs = Date.now();
  const measured = await measure(k6.binary, options);
  if (measured.answers.length === 0) {
    throw new LoadError(`k6 ended with ${measured.k6Exit} and had no answer; its words are above`);
  }
  const end = await readEnd(options, startedAtMs, measured.polls.at(-1) ?? before);
  const { scenario, scale, url, out } = options;
  const machine = `${machineLine()}, k6 ${k6.version}`;
  await report({ ...measured, scenario, scale, url, machine, before, ...end }, out);
}

const secondsOf = ({ scenario, scale }: Arguments): number =>
  Math.round(durationMs(SCENARIOS[scenario], scale) / 1_000);

type End = Pick<Run, 'after' | 'log' | 'problems'>;

/** The row and the log at the end. A server that is gone by then is a failure, with a report. */
async function readEnd(options: Arguments, sinceMs: number, lastSeen: Status): Promise<End> {
  const { url, log: file } = options;
  const read = async () => (file === null ? null : await readLog(file, sinceMs));
  try {
    const { status: after, value: log } = await readAtRest(url, read);
    return { after, log, problems: [] };
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return { after: lastSeen, log: null, problems: [error.message] };
  }
}

/** Before the run, not two minutes later. */
async function requireLog(file: string): Promise<void> {
  await access(file).catch(() => {
    throw new LoadError(`--log: ${file} cannot be read`);
  });
}

type Measured = Pick<Run, 'answers' | 'polls' | 'failedPolls' | 'thresholds' | 'k6Exit'>;

async function measure(binary: string, options: Arguments): Promise<Measured> {
  const answers: Answer[] = [];
  const polling = startPolling(options.url);
  const totalSeconds = secondsOf(options);
  const startedAt = Date.now();
  let [reported, outside] = [0, 0];
  const progress = setInterval(() => {
    const perSecond = Math.round(((answers.length - reported) / PROGRESS_MS) * 1_000);
    reported = answers.length;
    const atSeconds = Math.round((Date.now() - startedAt) / 1_000);
    const level = polling.polls.at(-1)?.currentLevel ?? '?';
    const far = `${atSeconds} of ${totalSeconds} s`;
    print(`${far}: level ${level}, ${perSecond}/s, ${outside} outside the contract`);
  }, PROGRESS_MS);
  // The terminal interrupts k6 too, which ends in its own time; the report is of what there is.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const { exit, thresholds } = await runK6(binary, options, (answer) => {
      answers.push(answer);
      if (answer.kind === 'outside') outside += 1;
    });
    const failedPolls = await polling.stop();
    return { answers, polls: polling.polls, failedPolls, thresholds, k6Exit: exit };
  } finally {
    clearInterval(progress);
    process.off('SIGINT', ignore);
    await polling.stop();
  }
}

async function report(run: Run, out: string): Promise<void> {
  const summary = summarise(run);
  // Drawing takes longer to load than everything that can be wrong before.
  const { figures, makeReport } = await import('./report/report.ts');
  for (const { name, text } of await makeReport(run, summary)) {
    await writeFile(join(out, name), text);
  }
  for (const [what, value] of figures(summary)) print(`  ${what.padEnd(22)} ${value}`);
  print(`Report: ${join(out, 'report.html')}`);
  if (summary.failures.length === 0) return;
  process.stderr.write(`${summary.failures.map((failure) => `Failed: ${failure}`).join('\n')}\n`);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (!(error instanceof LoadError || isUsage)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

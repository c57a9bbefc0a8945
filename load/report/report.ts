/** The report of a run: one HTML file that needs nothing else, its pictures, its figures as JSON. */
import type { Run, Summary } from './summary.ts';
import { seenChanges, spanOf } from './summary.ts';
import { escapeHtml } from './escape.ts';
import { drawAnswers, drawLatency, drawLevel, type Step } from './pictures.ts';
import { sliceAnswers, sliceSeconds } from './samples.ts';
import { SCENARIOS } from '../k6/scenarios.ts';

/** A file of the report. */
export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

/** How much of the run the second picture of the level shows, in seconds. */
const ZOOM_SECONDS = 10;

/** How many reasons for answers outside the contract are shown; summary.json has them all. */
const MOST_REASONS = 10;

interface Picture {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Makes the files of the report. */
export async function makeReport(run: Run, summary: Summary): Promise<ReportFile[]> {
  const pictures = await drawAll(run);
  return [
    { name: 'report.html', text: page(summary, pictures) },
    { name: 'summary.json', text: `${JSON.stringify(summary, null, 2)}\n` },
    ...pictures.map(({ name, svg }) => ({ name: `${name}.svg`, text: svg })),
  ];
}

async function drawAll(run: Run): Promise<Picture[]> {
  const span = spanOf(run.answers);
  const totalSeconds = (span.endMs - span.startMs) / 1_000;
  const seconds = sliceSeconds(totalSeconds);
  const slices = sliceAnswers(run.answers, span, seconds);
  const sliced = { slices, sliceSeconds: seconds, totalSeconds };
  const steps = levelSteps(run, span.startMs);
  const level = { name: 'level', title: 'Level over time' };
  const zoom = { name: 'level-zoom', title: `The ${ZOOM_SECONDS} liveliest seconds of it` };
  const answers = { name: 'answers', title: 'Answers by kind over time' };
  const latency = { name: 'latency', title: 'Latency over time' };
  const pictures = [
    { ...level, svg: await drawLevel(steps, 0, totalSeconds) },
    { ...answers, svg: await drawAnswers(sliced) },
    { ...latency, svg: await drawLatency(sliced) },
  ];
  if (totalSeconds <= 2 * ZOOM_SECONDS) return pictures;
  const from = Math.min(liveliest(steps, ZOOM_SECONDS), totalSeconds - ZOOM_SECONDS);
  const svg = await drawLevel(steps, from, from + ZOOM_SECONDS);
  return pictures.toSpliced(1, 0, { ...zoom, svg });
}

/** Where the window with the most steps begins, in seconds. */
export function liveliest(steps: readonly Step[], windowSeconds: number): number {
  let [best, from, end] = [0, 0, 0];
  for (const [index, { atSeconds }] of steps.entries()) {
    while ((steps[end]?.atSeconds ?? Infinity) < atSeconds + windowSeconds) end += 1;
    if (end - index > best) [best, from] = [end - index, atSeconds];
  }
  return from;
}

/**
 * The level from each known change on. The log knows every change; without one they are put
 * together from the histories that the polls saw, which hold the last eight each.
 */
export function levelSteps(run: Run, startMs: number): Step[] {
  const seen = seenChanges(run).map(({ at, ...change }) => ({ ...change, atMs: Date.parse(at) }));
  const changes = run.log?.changes ?? seen;
  return [
    { atSeconds: 0, level: run.before.currentLevel },
    ...changes
      .filter(({ epoch }) => epoch > run.before.epoch)
      .map(({ atMs, to }) => ({ atSeconds: Math.max(0, (atMs - startMs) / 1_000), level: to })),
  ];
}

const ms = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} ms`);

/** The figures of a summary as rows of a table: what, and how much. */
export function figures(summary: Summary): readonly (readonly [string, string])[] {
  const { answers, latencyMs, log, thresholds, level } = summary;
  const rows: (readonly [string, string])[] = [
    ['duration', `${summary.seconds.toFixed(1)} s`],
    ['requests', `${summary.requests}, ${summary.perSecond.toFixed(1)} per second`],
    ['p50 · p95 · p99', [latencyMs?.p50, latencyMs?.p95, latencyMs?.p99].map(ms).join(' · ')],
    ['full · degraded', `${answers.full} · ${answers.degraded}`],
    ['maintenance · error', `${answers.maintenance} · ${answers.error}`],
    ['refused for load', `${answers.refused}`],
    ['outside the contract', `${answers.outside}`],
    ...Object.entries(summary.outside)
      .slice(0, MOST_REASONS)
      .map(([why, count]) => ['', `${count} × ${why}`] as const),
    ['changes of the level', `${summary.changes}, from level ${level.before} to ${level.after}`],
    ['polls of the level', `${summary.polls.answered}, ${summary.polls.failed} failed`],
    ['log', log === null ? 'not given' : logWords(log)],
    ...Object.entries(log?.errors ?? {}).map(
      ([message, count]) => ['errors in the log', `${count} × ${message}`] as const,
    ),
    ...thresholds.map(
      ({ name, held }) => ['threshold', `${name}: ${held ? 'held' : 'missed'}`] as const,
    ),
  ];
  return rows;
}

function logWords({ epochs, problems }: NonNullable<Summary['log']>): string {
  return problems.length === 0
    ? `${epochs} epochs, each exactly once and in order, as in the row's history`
    : `${problems.length} disagreements in ${epochs} epochs`;
}

function page(summary: Summary, pictures: readonly Picture[]): string {
  const { failures, scenario } = summary;
  const verdict = failures.length === 0 ? 'passed' : 'failed';
  const title = `Load: ${scenario}, ${verdict}`;
  const row = ([what, value]: readonly [string, string]) =>
    `<tr><th scope="row">${escapeHtml(what)}</th><td>${escapeHtml(value)}</td></tr>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
  h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
  table { border-collapse: collapse } th { text-align: left; font-weight: 500; padding-right: 1.5rem; vertical-align: top }
  th, td { border-bottom: 1px solid #e5e5e5; padding-block: .15rem } td { font-variant-numeric: tabular-nums }
  svg { max-width: 100%; height: auto }
  .failed { color: #b00020 } small { color: #666 }
</style>
<h1 class="${verdict}">${escapeHtml(title)}</h1>
<p>${escapeHtml(SCENARIOS[scenario].about)}; durations × ${summary.scale}, against ${escapeHtml(summary.url)}.<br>
<small>${escapeHtml(summary.startedAt)} · ${escapeHtml(summary.machine)}</small></p>
${failures.length === 0 ? '' : `<ul class="failed">${failures.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`}
<table>
${figures(summary).map(row).join('\n')}
</table>
${pictures.map(({ title: caption, svg }) => `<h2>${escapeHtml(caption)}</h2>\n${svg}`).join('\n')}
</html>
`;
}

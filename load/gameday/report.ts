/** The report of a game day: what was promised and seen, with pictures, in one file that needs nothing else. */
import { escapeHtml } from '../report/escape.ts';
import { drawAnswers, drawLatency, drawLevel, type Step } from '../report/pictures.ts';
import { stackPictures } from '../report/stack.ts';
import { sliceAnswers, sliceSeconds } from '../report/samples.ts';
import type { Arguments } from './arguments.ts';
import type { Check, Seen } from './verdict.ts';

/** The pictures by their names, and the page with them. */
export async function makeReport(
  options: Arguments,
  seen: Seen,
  checks: readonly Check[],
): Promise<Readonly<Record<string, string>>> {
  const pictures = await drawAll(seen);
  return {
    'report.html': pageOf(options, seen, checks, Object.values(pictures)),
    'gameday.svg': stackPictures(Object.entries(pictures).map(([title, svg]) => ({ title, svg }))),
  };
}

async function drawAll({
  answers,
  changes,
  level,
}: Seen): Promise<Readonly<Record<string, string>>> {
  const startMs = Math.min(...answers.map(({ atMs, durationMs }) => atMs - durationMs));
  const endMs = Math.max(...answers.map(({ atMs }) => atMs));
  const totalSeconds = (endMs - startMs) / 1_000;
  const seconds = sliceSeconds(totalSeconds);
  const slices = sliceAnswers(answers, { startMs, endMs }, seconds);
  const sliced = { slices, sliceSeconds: seconds, totalSeconds };
  const steps: Step[] = [
    { atSeconds: 0, level: level.before },
    ...changes.map(({ at, to }) => ({ atSeconds: (Date.parse(at) - startMs) / 1_000, level: to })),
  ];
  return {
    answers: await drawAnswers(sliced),
    level: await drawLevel(steps, 0, totalSeconds),
    latency: await drawLatency(sliced),
  };
}

function pageOf(
  { url, fault, outageS, perSecond }: Arguments,
  { answers, changes }: Seen,
  checks: readonly Check[],
  pictures: readonly string[],
): string {
  const passed = checks.every(({ holds }) => holds);
  const title = `Game day: ${passed ? 'passed' : 'failed'}`;
  const rows = checks.map(
    ({ what, got, holds }) =>
      `<tr class="${holds ? '' : 'failed'}"><td>${holds ? '✓' : '✗'}</td><th>${escapeHtml(what)}</th><td>${escapeHtml(got)}</td></tr>`,
  );
  const moves = changes.map(({ at, from, to, reason }) => `${at} ${from} → ${to} (${reason})`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
  table { border-collapse: collapse } th { text-align: left; font-weight: 500 } th, td { padding: .15rem .8rem .15rem 0; border-bottom: 1px solid #e5e5e5 }
  svg { max-width: 100%; height: auto } .failed { color: #b00020 }
</style>
<h1>${title}</h1>
<p>${escapeHtml(fault)} for ${outageS} s against ${escapeHtml(url)}, at most ${perSecond} requests a second; ${answers.length} answers.</p>
<table>${rows.join('\n')}</table>
${pictures.join('\n')}
<ol>${moves.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ol>
</html>
`;
}

/** The figures of a run, what makes it a failure, and the report that shows it. */
import { describe, expect, test } from 'vitest';
import { figures, levelSteps, liveliest, makeReport } from '../../load/report/report.ts';
import { summarise } from '../../load/report/summary.ts';
import { answer, givenRun, START_MS, walk } from './given.ts';

describe('a summary', () => {
  test('of a faultless run has no failures', () => {
    const summary = summarise(givenRun());
    expect(summary.failures).toEqual([]);
    expect(summary).toMatchObject({
      requests: 300,
      changes: 12,
      level: { before: 1, after: 1 },
      latencyMs: { p50: 10, p95: 10, p99: 10 },
      log: { epochs: 12, problems: [] },
    });
    expect(summary.perSecond).toBeCloseTo(10, 1);
  });

  const outside = answer(1, { kind: 'outside', why: 'status 404' });

  test.each([
    [{ thresholds: [{ name: 'x p(95)<1', held: false }] }, ['threshold missed: x p(95)<1']],
    [{ answers: [answer(0), outside] }, ['1 answers were outside the contract']],
    [{ thresholds: [], k6Exit: 105 }, ['k6 left no thresholds', 'k6 ended with 105']],
    [{ k6Exit: null }, ['k6 ended with null']],
    [{ problems: ['the server is gone'] }, ['the server is gone']],
    [
      { log: { changes: [], errors: {} }, before: { currentLevel: 2, epoch: 11, history: [] } },
      ['log: epoch 12 is not in the log'],
    ],
    [
      {
        scenario: 'recovery',
        after: { currentLevel: 2, epoch: 11, history: walk(4, 11) },
        log: null,
      },
      ['it must end at level 1, it ended at level 2'],
    ],
  ] as const)('of %o names what failed', (fields, failures) => {
    expect(summarise(givenRun(fields)).failures).toEqual(failures);
  });

  test('shows what was wrong with answers, errors in the log, and missed thresholds', () => {
    const run = givenRun({
      answers: [answer(0), outside, outside],
      log: { changes: givenRun().log?.changes ?? [], errors: { 'mutator failed': 3 } },
      thresholds: [{ name: 'x p(95)<1', held: false }],
    });
    const rows = figures(summarise(run)).map((cells) => cells.join(': '));
    expect(rows).toContain(': 2 × status 404');
    expect(rows).toContain('errors in the log: 3 × mutator failed');
    expect(rows).toContain('threshold: x p(95)<1: missed');
  });
});

describe('the level over time', () => {
  test('is put together from what polls saw, without a log', () => {
    const steps = levelSteps(givenRun({ log: null }), START_MS);
    expect(steps).toHaveLength(13);
    expect(steps).toEqual(levelSteps(givenRun(), START_MS));
    expect(steps.slice(0, 3)).toEqual([
      { atSeconds: 0, level: 1 },
      { atSeconds: 1, level: 2 },
      { atSeconds: 2, level: 3 },
    ]);
  });

  test('is enlarged where it changes most', () => {
    const steps = [0, 5, 20, 21, 22, 40].map((atSeconds) => ({ atSeconds, level: 1 as const }));
    expect(liveliest(steps, 10)).toBe(20);
    expect(liveliest(steps.slice(0, 1), 10)).toBe(0);
  });
});

describe('a report', () => {
  test('has its pictures inside it and beside it, and needs nothing else', async () => {
    const run = givenRun();
    const files = await makeReport(run, summarise(run));
    const byName = new Map(files.map(({ name, text }) => [name, text]));
    const names = ['report.html', 'summary.json', 'level.svg', 'level-zoom.svg', 'answers.svg'];
    expect([...byName.keys()]).toEqual([...names, 'latency.svg']);
    const page = byName.get('report.html') ?? '';
    expect(page.match(/<svg /g)).toHaveLength(4);
    for (const title of ['Level over time', 'Answers by kind over time', 'Latency over time']) {
      expect(page).toContain(`<h2>${title}</h2>`);
    }
    const outward = page.match(/(?:href|src)="[^"]*"|url\([^)]*\)|@import|<script/g) ?? [];
    expect(outward.filter((text) => !/^url\(#|^href="#/.test(text))).toEqual([]);
    expect(JSON.parse(byName.get('summary.json') ?? '')).toMatchObject({ requests: 300 });
  });

  test('draws a staircase with all three levels', async () => {
    const run = givenRun();
    const [, , level] = await makeReport(run, summarise(run));
    const line =
      /<path aria-label="[^"]*" role="[^"]*" aria-roledescription="line mark" d="([^"]*)"/;
    const heights = new Set(
      [...(line.exec(level?.text ?? '')?.[1] ?? '').matchAll(/,(-?[\d.]+)/g)].map(([, y]) => y),
    );
    expect(heights.size).toBe(3);
  });

  test('says that the run failed, and lets no markup in', async () => {
    const run = givenRun({ answers: [answer(0), answer(9, { kind: 'outside', why: '<b>&' })] });
    const [page] = await makeReport(run, summarise(run));
    expect(page?.text).toContain('<h1 class="failed">Load: ramp, failed</h1>');
    expect(page?.text).toContain('&#60;b&#62;&#38;');
    expect(page?.text).not.toContain('<b>');
  });
});

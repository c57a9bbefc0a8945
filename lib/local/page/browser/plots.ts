/** Answers a second by who gave them with the level as a band under it, and how long they took. */
import uPlot from 'uplot';
import type { AnswerKind, ScopeSecond, Second } from '../feed.ts';
import { byId, h } from './dom.ts';
import type { Model } from './model.ts';
import { LEVELS } from './words.ts';

const KINDS: readonly AnswerKind[] = ['full', 'degraded', 'maintenance', 'error', 'other'];

const LEGEND: Readonly<Record<AnswerKind, string>> = {
  full: 'full',
  degraded: 'degraded',
  maintenance: 'maintenance',
  error: 'error',
  other: "the client's mistake",
};

const HEIGHTS = { answers: 210, latency: 140 };
/** The height of the band, in CSS pixels. */
const BAND = 8;

/** How far apart its times may be written: of parts of a second the same one would stand there again and again. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300];

/** The plots of a page. */
export interface Plots {
  show(model: Model): void;
}

/** Makes them; they follow the width of the page and its colours. */
export function createPlots(): Plots {
  byId('legend').replaceChildren(
    ...KINDS.map((kind) => h('li', { class: `k-${kind}` }, LEGEND[kind])),
    h('li', {}, 'band: the level'),
  );
  let seconds: readonly Second[] = [];
  let scope = '';
  let levels: Model['levels'] = [];
  let plots: readonly uPlot[] = [];
  const levelAt = (index: number) => levels[index] ?? null;
  const draw = () => {
    for (const plot of plots) plot.destroy();
    plots = [
      answersPlot(dataOf(seconds, scope).answers, levelAt),
      latencyPlot(dataOf(seconds, scope).latency),
    ];
  };
  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  new ResizeObserver(() => {
    for (const plot of plots)
      plot.setSize({ width: widthOf(plot.root.parentElement), height: plot.height });
  }).observe(byId('plots'));
  return {
    show(model) {
      ({ seconds, scope, levels } = model);
      const { answers, latency } = dataOf(seconds, scope);
      plots[0]?.setData(answers);
      plots[1]?.setData(latency);
      describe(model);
    },
  };
}

function dataOf(seconds: readonly Second[], scope: string) {
  const times = seconds.map(({ atMs }) => atMs / 1_000);
  const of = seconds.map(({ scopes }): ScopeSecond | undefined => scopes[scope]);
  // Each stands on those before it, and is drawn before them.
  const sums = KINDS.map((_kind, top) =>
    of.map((second) =>
      KINDS.slice(0, top + 1).reduce((sum, kind) => sum + (second?.counts[kind] ?? 0), 0),
    ),
  );
  const latency = (['p50', 'p99'] as const).map((name) =>
    of.map((second) => second?.[name] ?? null),
  );
  return {
    answers: [times, ...sums.toReversed()] as uPlot.AlignedData,
    latency: [times, ...latency] as uPlot.AlignedData,
  };
}

const colour = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const widthOf = (place: Element | null) => Math.max(240, place?.clientWidth ?? 0);

const clock = (times: readonly number[]) =>
  times.map((time) => new Date(time * 1_000).toLocaleTimeString('en-GB'));

const axes = (label: string): uPlot.Axis[] => {
  const look = {
    stroke: colour('soft'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return [
    // The band stands between the plot and its times.
    {
      ...look,
      values: (_plot, times) => clock(times),
      incrs: STEPS_S,
      space: 90,
      gap: BAND + 6,
      size: 50,
    },
    { ...look, label, labelSize: 18, size: 52 },
  ];
};

function answersPlot(data: uPlot.AlignedData, levelAt: (index: number) => 1 | 2 | 3 | null): uPlot {
  const bars = uPlot.paths.bars?.({ size: [1, Infinity], align: -1 });
  const series = KINDS.toReversed().map((kind): uPlot.Series => ({
    label: kind,
    fill: colour(kind),
    width: 0,
    points: { show: false },
    ...(bars && { paths: bars }),
  }));
  const place = byId('answers-plot');
  const options: uPlot.Options = {
    width: widthOf(place),
    height: HEIGHTS.answers,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(5, most)] } },
    series: [{}, ...series],
    axes: axes('answers a second'),
    hooks: { draw: [(plot) => drawBand(plot, levelAt)] },
  };
  return new uPlot(options, data, place);
}

const line = (label: string, stroke: string): uPlot.Series => ({ label, stroke, width: 1.5 });

function latencyPlot(data: uPlot.AlignedData): uPlot {
  const place = byId('latency-plot');
  const options: uPlot.Options = {
    width: widthOf(place),
    height: HEIGHTS.latency,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(10, most)] } },
    series: [{}, line('p50', colour('accent')), line('p99', colour('error'))],
    axes: axes('ms: p50, p99'),
  };
  return new uPlot(options, data, place);
}

function drawBand(plot: uPlot, levelAt: (index: number) => 1 | 2 | 3 | null): void {
  const { ctx, bbox, data } = plot;
  const height = BAND * devicePixelRatio;
  const times = data[0];
  ctx.save();
  for (const [index, time] of times.entries()) {
    const level = levelAt(index);
    if (level === null) continue;
    const right = plot.valToPos(time, 'x', true);
    const left = Math.max(bbox.left, plot.valToPos(times[index - 1] ?? time - 1, 'x', true));
    ctx.fillStyle = colour(LEVELS[level]);
    ctx.fillRect(left, bbox.top + bbox.height + 2, Math.ceil(right - left), height);
  }
  ctx.restore();
}

/** What a picture does not tell those who do not see it. */
function describe({ seconds, scope, status }: Model): void {
  const minute = seconds.slice(-60).map(({ scopes }) => scopes[scope]);
  const sums = KINDS.map(
    (kind) => `${minute.reduce((sum, second) => sum + (second?.counts[kind] ?? 0), 0)} ${kind}`,
  );
  const level = status === null ? '' : `, level ${status.currentLevel}`;
  const place = byId('answers-plot');
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', `Answers in the last minute: ${sums.join(', ')}${level}`);
  const last = minute.findLast((second) => typeof second?.p50 === 'number');
  const times = last === undefined ? 'none yet' : `p50 ${last.p50} ms, p99 ${last.p99} ms`;
  const latency = byId('latency-plot');
  latency.setAttribute('role', 'img');
  latency.setAttribute('aria-label', `Latency: ${times}`);
}

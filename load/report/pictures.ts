/** The pictures of a report, drawn by Vega into SVG without a browser. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Level } from '../../lib/level/level.ts';
import { KINDS, type Kind } from '../k6/contract.ts';
import type { Slice } from './samples.ts';

/** The level from a moment on, in seconds from the start. */
export interface Step {
  readonly atSeconds: number;
  readonly level: Level;
}

/** Okabe and Ito's colours, which the colour-blind can tell apart; the two bad ones are the reds. */
const COLOUR_OF_KIND: Readonly<Record<Kind, string>> = {
  full: '#009e73',
  degraded: '#e69f00',
  maintenance: '#56b4e9',
  refused: '#cc79a7',
  error: '#d55e00',
  outside: '#000000',
};

const LATENCIES = ['p50', 'p95', 'p99'] as const;
const COLOURS_OF_LATENCY = ['#56b4e9', '#0072b2', '#d55e00'];

const WIDTH = 860;

const CONFIG = {
  font: 'system-ui, sans-serif',
  axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e5e5e5' },
  // One width for all, so that the same second stands below itself in every picture.
  axisY: { minExtent: 92, maxExtent: 92 },
  legend: { labelFontSize: 11, orient: 'top', title: null },
  view: { stroke: null },
} as const satisfies TopLevelSpec['config'];

const secondsAxis = (fromSeconds: number, toSeconds: number) => ({
  type: 'quantitative' as const,
  scale: { domain: [fromSeconds, toSeconds], nice: false },
  title: 'seconds from the start',
});

/** Draws a picture in the project's look. */
export async function draw(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile({ ...spec, config: CONFIG }).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The level over time as a staircase: full service is the top step. */
export function drawLevel(
  steps: readonly Step[],
  fromSeconds: number,
  toSeconds: number,
): Promise<string> {
  const entering = steps.findLast(({ atSeconds }) => atSeconds <= fromSeconds);
  const inside = steps.filter(({ atSeconds }) => atSeconds > fromSeconds && atSeconds <= toSeconds);
  const first = { atSeconds: fromSeconds, level: entering?.level ?? inside[0]?.level ?? 1 };
  const last = { atSeconds: toSeconds, level: inside.at(-1)?.level ?? first.level };
  return draw({
    data: { values: [first, ...inside, last] },
    width: WIDTH,
    height: 120,
    mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.2, color: '#0072b2' },
    encoding: {
      x: { field: 'atSeconds', ...secondsAxis(fromSeconds, toSeconds) },
      y: {
        field: 'level',
        type: 'quantitative',
        scale: { domain: [0.8, 3.2], reverse: true, nice: false, zero: false },
        axis: {
          values: [1, 2, 3],
          labelExpr: "datum.value + ' ' + ['full', 'degraded', 'maintenance'][datum.value - 1]",
          title: 'level',
        },
      },
      order: { field: 'atSeconds', type: 'quantitative' },
    },
  });
}

/** The slices of a run and its length, in seconds. */
export interface Sliced {
  readonly slices: readonly Slice[];
  readonly sliceSeconds: number;
  readonly totalSeconds: number;
}

/** The answers per second by kind, stacked. */
export function drawAnswers({ slices, sliceSeconds, totalSeconds }: Sliced): Promise<string> {
  const values = slices.flatMap(({ fromSeconds, counts }) =>
    KINDS.map((kind, order) => ({
      from: fromSeconds,
      to: Math.min(fromSeconds + sliceSeconds, totalSeconds),
      perSecond: counts[kind] / sliceSeconds,
      kind,
      order,
    })),
  );
  return draw({
    data: { values },
    width: WIDTH,
    height: 220,
    mark: { type: 'bar', binSpacing: 0, clip: true },
    encoding: {
      x: { field: 'from', bin: 'binned' as const, ...secondsAxis(0, totalSeconds) },
      x2: { field: 'to' },
      y: { field: 'perSecond', type: 'quantitative', stack: 'zero', title: 'answers per second' },
      color: {
        field: 'kind',
        type: 'nominal',
        scale: { domain: [...KINDS], range: KINDS.map((kind) => COLOUR_OF_KIND[kind]) },
      },
      order: { field: 'order', type: 'quantitative' },
    },
  });
}

/** The percentiles of the time to an answer over time. */
export function drawLatency({ slices, sliceSeconds, totalSeconds }: Sliced): Promise<string> {
  const values = slices.flatMap(({ fromSeconds, latency }) =>
    LATENCIES.map((percentile) => ({
      atSeconds: fromSeconds + sliceSeconds / 2,
      percentile,
      ms: latency?.[percentile] ?? null,
    })),
  );
  return draw({
    data: { values },
    width: WIDTH,
    height: 200,
    mark: { type: 'line', strokeWidth: 1.5, invalid: 'break-paths-filter-domains' },
    encoding: {
      x: { field: 'atSeconds', ...secondsAxis(0, totalSeconds) },
      y: { field: 'ms', type: 'quantitative', title: 'milliseconds to an answer' },
      color: {
        field: 'percentile',
        type: 'nominal',
        scale: { domain: [...LATENCIES], range: COLOURS_OF_LATENCY },
      },
    },
  });
}

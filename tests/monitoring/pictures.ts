/** The panels of the dashboard, drawn from what Prometheus has of a run: there is no Grafana here to draw them. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Panel, Row } from '../../docs/monitoring/grafana/panels.ts';
import type { Prometheus, Series } from './given.ts';

const WIDTH = 400;
const HEIGHT = 130;
const COLUMNS = 2;

/** Okabe and Ito's colours, which the colour-blind can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#e69f00', '#56b4e9', '#cc79a7', '#000000'];

/** Draws every panel that has data into one SVG. */
export async function drawPanels(
  rows: readonly Row[],
  prometheus: Pick<Prometheus, 'range'>,
  fromSeconds: number,
  toSeconds: number,
): Promise<string> {
  const panels = rows.flatMap((row) => row.panels);
  const drawn = await Promise.all(
    panels.map(async (panel) => {
      const lines = await linesOf(panel, prometheus, fromSeconds, toSeconds);
      return lines.length === 0 ? [] : [specOf(panel, lines, toSeconds - fromSeconds)];
    }),
  );
  const spec = {
    concat: drawn.flat(),
    columns: COLUMNS,
    resolve: { scale: { color: 'independent' } },
    config: { font: 'system-ui, sans-serif', view: { stroke: null } },
    background: 'white',
  } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

async function linesOf(
  { queries }: Panel,
  prometheus: Pick<Prometheus, 'range'>,
  from: number,
  to: number,
) {
  const answers = await Promise.all(
    queries.map(async ({ expr, legend }) => {
      const query = expr.replaceAll('$__rate_interval', '10s').replaceAll('$scope', 'default');
      return (await prometheus.range(query, from, to)).map((series) => ({ legend, series }));
    }),
  );
  return answers.flat().flatMap(({ legend, series }) =>
    series.values.map(([atSeconds, value]) => ({
      seconds: atSeconds - from,
      value: Number(value),
      line: nameOf(legend, series),
    })),
  );
}

function nameOf(legend: string, { metric }: Series): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/g, (_all, label: string) => metric[label] ?? '');
}

function specOf(panel: Panel, values: readonly object[], seconds: number) {
  const unit = panel.unit === 'none' ? '' : ` (${panel.unit})`;
  return {
    title: `${panel.title}${unit}`,
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    mark: { type: 'line', interpolate: panel.isStep ? 'step-after' : 'linear', strokeWidth: 1.5 },
    encoding: {
      x: {
        field: 'seconds',
        type: 'quantitative',
        title: 'seconds',
        scale: { domain: [0, seconds], nice: false },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: null,
        scale: panel.max === undefined ? { zero: true } : { domain: [0, panel.max] },
      },
      color: {
        field: 'line',
        type: 'nominal',
        scale: { range: COLOURS },
        legend: { orient: 'bottom', title: null, columns: 3, labelLimit: 130 },
      },
    },
  };
}

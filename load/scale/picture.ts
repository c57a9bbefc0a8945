/** The picture of an outage at a scale: what clients saw fail, second by second, in each form. */
import { resetSVGDefIds } from 'vega';
import { draw } from '../report/pictures.ts';
import { OUTAGE, type ScaleRun } from './outcome.ts';

const COLOURS: Readonly<Record<string, string>> = {
  workflow: '#0072b2',
  'guard on servers': '#d55e00',
  'guard on Lambda': '#009e73',
  'workflow, replicas': '#cc79a7',
};
const WIDTH = 760;

/** Draws the runs of one traffic, as shares of it. */
export function drawScale(runs: readonly ScaleRun[]): Promise<string> {
  const values = runs.flatMap(({ form, perSecond, failedPerSecond }) =>
    Array.from({ length: OUTAGE.totalMs / 1_000 }, (_, second) => ({
      form,
      second,
      failed: (100 * (failedPerSecond[second] ?? 0)) / perSecond,
    })),
  );
  const forms = runs.map(({ form }) => form);
  // Else a picture's ids depend on what was drawn before.
  resetSVGDefIds();
  return draw({
    data: { values },
    width: WIDTH,
    height: 160,
    mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.4, clip: true },
    encoding: {
      x: {
        field: 'second',
        type: 'quantitative',
        title: 'seconds; the full face fails from 30 to 90',
        scale: { domain: [0, 150], nice: false },
      },
      y: { field: 'failed', type: 'quantitative', title: '% failed', scale: { domain: [0, 100] } },
      color: {
        field: 'form',
        type: 'nominal',
        sort: forms,
        scale: { domain: forms, range: forms.map((form) => COLOURS[form] ?? '#000000') },
        legend: { title: null, orient: 'top' },
      },
    },
  });
}

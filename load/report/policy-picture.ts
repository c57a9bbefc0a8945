/** The picture of a policy against an outage: the level, and who saw what, second by second. */
import { resetSVGDefIds } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import type { Level } from '../../lib/level/level.ts';
import { bank, classic, production, type Policy } from '../../lib/level/policy.ts';
import { constant, steps } from '../../lib/simulation/course.ts';
import type { Played } from '../../lib/simulation/played.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { failing, well } from '../../lib/simulation/world.ts';
import { draw } from './pictures.ts';

/** When the full face fails, and how long all of it is, in seconds. */
const OUTAGE = { fromS: 30, toS: 150, totalS: 300 } as const;

const PER_SECOND = 100;
const SEED = 1;

/** One outage for all: the full face fails for two minutes, 1 % of its answers are errors else. */
function playOutage(policy: Policy): Promise<Played> {
  const { fromS, toS, totalS } = OUTAGE;
  const fails = failing(steps([0, 0.01], [fromS * 1_000, 1], [toS * 1_000, 0.01]));
  const world = {
    perSecond: constant(PER_SECOND),
    full: fails,
    degraded: well,
    safeShare: 0.5,
    hasFullProbe: false,
  };
  return simulate({ policy, world, seed: SEED, durationMs: totalS * 1_000 });
}

/** What is shown of a second. */
interface ShownSecond {
  readonly second: number;
  readonly failed: number;
  readonly full: number;
  readonly writes: number;
}

/** The seconds of a run, each with what clients saw fail, what the full face was asked, and what was written. */
function secondsOf({ perSecond, writes }: Played): readonly ShownSecond[] {
  return Array.from({ length: OUTAGE.totalS }, (_, second) => ({
    second,
    failed: perSecond[second]?.failed ?? 0,
    full: perSecond[second]?.full ?? 0,
    writes: writes[second] ?? 0,
  }));
}

/** The level from each change on, and at the end. */
function levelsOf({
  changes,
}: Played): readonly { readonly second: number; readonly level: Level }[] {
  const { totalS } = OUTAGE;
  const moved = changes.map(({ atMs, to }) => ({ second: atMs / 1_000, level: to }));
  const first = { second: 0, level: 1 as const };
  return [first, ...moved, { second: totalS, level: moved.at(-1)?.level ?? 1 }];
}

const WIDTH = 760;
const secondsAxis = {
  field: 'second',
  type: 'quantitative' as const,
  scale: { domain: [0, OUTAGE.totalS], nice: false },
  title: null,
};

/** What stands below the others says what the seconds are. */
const LAST_AXIS = { ...secondsAxis, title: 'seconds; the full face fails from 30 to 150' };

const panel = (
  field: keyof ShownSecond,
  title: string,
  most: number,
  color: string,
  isLast = false,
) => ({
  width: WIDTH,
  height: 70,
  mark: { type: 'area' as const, interpolate: 'step-after' as const, color, clip: true },
  encoding: {
    x: isLast ? LAST_AXIS : secondsAxis,
    y: { field, type: 'quantitative' as const, title, scale: { domain: [0, most] } },
  },
});

/** The picture as Vega-Lite has it: level, answers that failed, requests to the full face, writes. */
function specOf(played: Played): TopLevelSpec {
  const seconds = secondsOf(played);
  const level = {
    data: { values: [...levelsOf(played)] },
    width: WIDTH,
    height: 70,
    mark: {
      type: 'line' as const,
      interpolate: 'step-after' as const,
      color: '#0072b2',
      strokeWidth: 1.2,
    },
    encoding: {
      x: secondsAxis,
      y: {
        field: 'level',
        type: 'quantitative' as const,
        title: 'level',
        scale: { domain: [0.8, 3.2], reverse: true, nice: false, zero: false },
        axis: { values: [1, 2, 3] },
      },
    },
  };
  return {
    data: { values: [...seconds] },
    vconcat: [
      level,
      panel('failed', 'failed/s', PER_SECOND * 1.3, '#d55e00'),
      panel('full', 'to full/s', PER_SECOND * 1.3, '#009e73'),
      panel('writes', 'writes/s', PER_SECOND * 1.5, '#56b4e9', true),
    ],
  };
}

/** Those that differ in it: `adaptive` does what `production` does. */
const DRAWN = { classic, bank, production } as const;

/** The pictures of presets, each against the same outage, by their names. */
export async function drawPolicies(): Promise<Readonly<Record<keyof typeof DRAWN, string>>> {
  const pictures: [string, string][] = [];
  for (const [name, policy] of Object.entries(DRAWN)) {
    // Else a picture's ids depend on what was drawn before.
    resetSVGDefIds();
    pictures.push([name, `${await draw(specOf(await playOutage(policy)))}\n`]);
  }
  // Object.fromEntries widens the keys; they are exactly those of what is drawn.
  return Object.fromEntries(pictures) as Record<keyof typeof DRAWN, string>;
}

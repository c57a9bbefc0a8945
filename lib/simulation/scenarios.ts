/** The worlds that a policy is judged by: what may happen to a service, at any traffic. */
import { constant, repeating, steps } from './course.ts';
import { failing, well, type SimulatedFace, type World } from './world.ts';

/** Something that may happen to a service. */
export interface Scenario {
  /** What happens, in a few words. */
  readonly title: string;
  /** How long it is played, in milliseconds. */
  readonly durationMs: number;
  /** When the trouble ends, in milliseconds from the start, where it does. */
  readonly endsMs?: number;
  /** The world at a traffic, in requests a second. */
  readonly world: (perSecond: number) => World;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const TEN_MINUTES_MS = 600_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const worldOf =
  (full: SimulatedFace, degraded: SimulatedFace = well, more: Partial<World> = {}) =>
  (perSecond: number): World => ({
    perSecond: constant(perSecond),
    full,
    degraded,
    safeShare: 1,
    hasFullProbe: false,
    ...more,
  });

const steadily = (share: number, times?: Omit<SimulatedFace, 'fails'>) =>
  failing(constant(share), times);

/** Fails with a share from one time to another, and with a base otherwise. */
const between = (fromMs: number, toMs: number, base: number, share = 1) =>
  failing(steps([0, base], [fromMs, share], [toMs, base]));

const steady = (title: string, full: SimulatedFace): Scenario => ({
  title,
  durationMs: TEN_MINUTES_MS,
  world: worldOf(full),
});

const fallsFromClean = (percent: number): Scenario => ({
  title: `from a clean row, ${percent} % errors of the full face`,
  durationMs: TEN_MINUTES_MS,
  world: worldOf(steadily(percent / 100)),
});

const fallsFromBackground = (percent: number): Scenario => ({
  title: `after 10 minutes at 0.5 % errors, ${percent} %`,
  durationMs: 2 * TEN_MINUTES_MS,
  world: worldOf(failing(steps([0, 0.005], [TEN_MINUTES_MS, percent / 100]))),
});

const [OUT_MS, BACK_MS] = [MINUTE_MS, 2 * MINUTE_MS];
const LONG_OUT_MS = OUT_MS + TEN_MINUTES_MS;

const outage = (percent: number): Scenario & { readonly endsMs: number } => ({
  title: `an outage of 60 s, ${percent} % errors else`,
  durationMs: TEN_MINUTES_MS,
  endsMs: BACK_MS,
  world: worldOf(between(OUT_MS, BACK_MS, percent / 100)),
});

const longOutage = (percent: number): Scenario & { readonly endsMs: number } => ({
  title: `an outage of 10 min, ${percent} % errors else`,
  durationMs: LONG_OUT_MS + 5 * MINUTE_MS,
  endsMs: LONG_OUT_MS,
  world: worldOf(between(OUT_MS, LONG_OUT_MS, percent / 100)),
});

/** One request a minute, an hour without a full face. */
const lowTraffic = (hasFullProbe: boolean): Scenario => ({
  title: `one request a minute, an hour of outage${hasFullProbe ? ', with a full probe' : ''}`,
  durationMs: 3 * 60 * MINUTE_MS,
  endsMs: 2 * 60 * MINUTE_MS,
  world: () => worldOf(between(60 * MINUTE_MS, 120 * MINUTE_MS, 0), well, { hasFullProbe })(1 / 60),
});

/** The scenarios by their names. */
export const SCENARIOS = {
  'steady-0': steady('no errors', steadily(0)),
  'steady-0.1': steady('0.1 % errors', steadily(0.001)),
  'steady-1': steady('1 % errors', steadily(0.01)),
  'steady-2': steady('2 % errors, as of one bad environment of fifty', steadily(0.02)),
  'steady-5': steady('5 % errors', steadily(0.05)),
  'slow-errors': steady('5 % errors of 2 s', steadily(0.05, { okMs: 30, errorMs: 2_000 })),
  'slow-successes': steady(
    '5 % errors of 5 ms, successes of 200 ms',
    steadily(0.05, { okMs: 200, errorMs: 5 }),
  ),
  'two-weeks': {
    title: 'one request a minute with 1 % errors, 14 days',
    durationMs: 14 * DAY_MS,
    world: () => worldOf(steadily(0.01))(1 / 60),
  },
  near: steady('20 % errors, just below the threshold', steadily(0.2)),
  'clean-100': fallsFromClean(100),
  'clean-50': fallsFromClean(50),
  'clean-30': fallsFromClean(30),
  'after-100': fallsFromBackground(100),
  'after-50': fallsFromBackground(50),
  'after-30': fallsFromBackground(30),
  'outage-60s': outage(1),
  'outage-60s-clean': outage(0),
  'outage-10min': longOutage(1),
  'outage-10min-clean': longOutage(0),
  'both-out': {
    title: 'both faces out for 60 s',
    durationMs: TEN_MINUTES_MS,
    endsMs: BACK_MS,
    world: worldOf(between(OUT_MS, BACK_MS, 0), between(OUT_MS, BACK_MS, 0)),
  },
  flapping: {
    title: '20 s good, 20 s bad, again and again',
    durationMs: TEN_MINUTES_MS,
    world: worldOf(failing(repeating(40 * SECOND_MS, steps([0, 0], [20 * SECOND_MS, 1])))),
  },
  'low-traffic': lowTraffic(false),
  'low-traffic-probed': lowTraffic(true),
  'all-fails': {
    title: 'both faces at 100 % errors',
    durationMs: TEN_MINUTES_MS,
    world: worldOf(steadily(1), steadily(1)),
  },
  'traffic-gone': {
    title: '5 % errors, then 10 requests/s at once and an outage',
    durationMs: 3 * MINUTE_MS,
    world: (perSecond) =>
      worldOf(failing(steps([0, 0.05], [MINUTE_MS, 1])), well, {
        perSecond: steps([0, perSecond], [MINUTE_MS, 10]),
      })(perSecond),
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

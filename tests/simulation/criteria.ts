/** What a policy for real traffic must hold in each scenario, whatever the seed. */
import type { Policy } from '../../lib/level/policy.ts';
import type { Moved, Played } from '../../lib/simulation/played.ts';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';

/** The runs of one scenario at one traffic, one for each seed. */
export interface Runs {
  readonly name: ScenarioName;
  readonly perSecond: number;
  readonly policy: Policy;
  readonly runs: readonly Played[];
}

/** Says in a sentence what does not hold; nothing where all does. */
type Criterion = (given: Runs) => readonly string[];

const MINUTE_MS = 60_000;
const TEN_MINUTES_MS = 600_000;

/** A transition is two writes of 5 ms: what decides it, and itself. */
const TRANSITION_MS = 10;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const averageWrites = ({ writes }: Played, durationMs: number): number =>
  (sum(writes) * 1_000) / durationMs;

const worstSecond = ({ writes }: Played): number =>
  writes.reduce((worst, count) => Math.max(worst, count), 0);

/** When level 2 was entered from level 1, from a time on; Infinity where it never was. */
function fallAfter({ changes }: Played, fromMs: number): number {
  const fall = changes.find(({ atMs, from, to }) => atMs >= fromMs && from === 1 && to === 2);
  return fall?.atMs ?? Infinity;
}

/** When level 1 was entered last; NaN where it did not stay. */
function backAt({ changes }: Played): number {
  const last = changes.at(-1);
  return last?.to === 1 ? last.atMs : Number.NaN;
}

/** Each run that does not hold it, in words. */
const each =
  (words: string, holds: (run: Played, given: Runs) => boolean): Criterion =>
  (given) =>
    given.runs.flatMap((run, index) =>
      holds(run, given) ? [] : [`seed ${index + 1}: ${words}, got ${summary(run)}`],
    );

const summary = (run: Played): string => {
  const moves = run.changes.map(({ atMs, to }: Moved) => `${to}@${(atMs / 1_000).toFixed(2)}s`);
  return `${moves.slice(0, 10).join(' ')}; worst second ${worstSecond(run)}`;
};

const durationOf = ({ name }: Runs) => SCENARIOS[name].durationMs;

const noChange = each('no level change', ({ changes }) => changes.length === 0);
const noWrite = each('no write', ({ writes }) => sum(writes) === 0);
const fewWrites = each(
  'at most 50 writes a second on average, 900 in the worst',
  (run, given) => averageWrites(run, durationOf(given)) <= 50 && worstSecond(run) <= 900,
);
const atMostChanges = (most: number) =>
  each(`at most ${most} level changes`, ({ changes }) => changes.length <= most);

/** Within so many counted failures, or 0.5 s, whichever is later. */
const isPrompt = (run: Played): boolean => {
  const twentieth = run.countedErrors[19] ?? Infinity;
  return fallAfter(run, 0) - TRANSITION_MS <= Math.max(500, twentieth);
};
const promptly = each('at level 2 within 20 counted failures or 0.5 s', isPrompt);
/** Of fewer seeds neither a median nor nine of ten says anything. */
const FEWEST_SEEDS = 10;

const mostlyPromptly: Criterion = ({ runs }) => {
  if (runs.length < FEWEST_SEEDS) return [];
  const prompt = runs.filter(isPrompt).length;
  return prompt >= 0.9 * runs.length
    ? []
    : [`at level 2 within 20 counted failures or 0.5 s in 90 % of seeds, got ${prompt}`];
};
const within15s = each('at level 2 within 15 s', (run) => fallAfter(run, 0) <= 15_000);

const medianFallWithin =
  (mostMs: number): Criterion =>
  ({ runs }) => {
    if (runs.length < FEWEST_SEEDS) return [];
    const fall = median(runs.map((run) => fallAfter(run, TEN_MINUTES_MS) - TEN_MINUTES_MS));
    return fall <= mostMs ? [] : [`a median fall within ${mostMs} ms, got ${fall.toFixed(0)}`];
  };

/** From the second after the fall on that comes at a time or later. */
const calmAfterFall = (fromMs: number) =>
  each(
    'after the fall at most 2 % to the failing face, 5 writes a second and 8 changes in 10 minutes',
    (run, given) => {
      const from = Math.ceil(fallAfter(run, fromMs) / 1_000) + 1;
      const after = run.perSecond.slice(from).filter((second) => second !== undefined);
      const requests = sum(after.map((second) => second.requests));
      const full = sum(after.map((second) => second.full));
      const writes = sum(run.writes.slice(from));
      const seconds = durationOf(given) / 1_000 - from;
      return full <= 0.02 * requests && writes <= 5 * seconds && run.changes.length <= 8;
    },
  );

const backBetween = (fromS: number, toS: number) =>
  each(`back at level 1 ${fromS} to ${toS} s after the end`, (run, { name }) => {
    const scenario = SCENARIOS[name];
    const endsMs = 'endsMs' in scenario ? scenario.endsMs : 0;
    const backS = (backAt(run) - endsMs) / 1_000;
    return backS >= fromS && backS <= toS;
  });

/** Four deviations of chance, and the canaries that go ahead of the dice. */
const neverMoreThanTheRamp = each(
  'never more than the share of the step to the full face',
  (run, given) => {
    const { policy } = given;
    const fell = fallAfter(run, 0);
    const back = run.changes.find(({ to }) => to === 1)?.atMs ?? Infinity;
    const ends = [...run.steps.slice(1).map(({ atMs }) => atMs), back];
    return run.steps.every(({ atMs, step }, index) => {
      const from = Math.max(atMs, fell);
      const to = Math.min(ends[index] ?? back, back);
      const seconds = run.perSecond.slice(Math.ceil(from / 1_000) + 1, Math.floor(to / 1_000));
      const requests = sum(seconds.map((second) => second?.requests ?? 0));
      const full = sum(seconds.map((second) => second?.full ?? 0));
      const share = (policy.ramp[step] ?? 0) / 100;
      const due = (seconds.length * 1_000) / policy.canaryIntervalMs + 1;
      return full <= share * requests + 4 * Math.sqrt(share * requests) + due;
    });
  },
);

const reachesLevel3 = each('level 3', ({ changes }) => changes.some(({ to }) => to === 3));
const electedProbes = each('one probe per interval over the fleet', ({ probes }, { policy }) =>
  probes.every((at, index) => at - (probes[index - 1] ?? -Infinity) >= policy.probeIntervalMs),
);
const withinTheTable = each(
  'at most 1,000 writes in any second',
  (run) => worstSecond(run) <= 1_000,
);
const seesAgain = each('blind for at most 45 s', (run) => fallAfter(run, MINUTE_MS) <= 105_000);

/** A run of five errors and the tick that may be needed for each. */
const fallsByRun = each('a fall by consecutive errors', ({ changes }, { policy }) => {
  const [first] = changes;
  const limitMs = 60 * MINUTE_MS + 3 * policy.consecutiveErrors * MINUTE_MS;
  return first?.reason === 'consecutive-errors' && first.atMs <= limitMs;
});

/** The dwell doubles with each fall. */
const fewerAsDwellGrows = each(
  'no more changes in the second half than in the first',
  (run, given) => {
    const half = durationOf(given) / 2;
    const early = run.changes.filter(({ atMs }) => atMs < half).length;
    return run.changes.length - early <= early;
  },
);

const STEADY = [noChange, fewWrites];
const clean = (...more: Criterion[]) => [...more, within15s, calmAfterFall(0)];
const after = (mostMs: number) => [medianFallWithin(mostMs), calmAfterFall(TEN_MINUTES_MS)];

/** The criteria of each scenario. */
export const CRITERIA: Readonly<Record<ScenarioName, readonly Criterion[]>> = {
  'steady-0': [noChange, noWrite],
  'steady-0.1': STEADY,
  'steady-1': STEADY,
  'steady-2': STEADY,
  'steady-5': STEADY,
  'slow-errors': STEADY,
  'slow-successes': STEADY,
  'two-weeks': STEADY,
  near: [atMostChanges(8)],
  'clean-100': clean(promptly),
  'clean-50': clean(mostlyPromptly),
  'clean-30': clean(mostlyPromptly),
  'after-100': after(1_000),
  'after-50': after(2_500),
  'after-30': after(10_000),
  'outage-60s': [backBetween(30, 120), neverMoreThanTheRamp],
  'outage-60s-clean': [backBetween(30, 120), neverMoreThanTheRamp],
  'outage-10min': [backBetween(30, 180), neverMoreThanTheRamp],
  'outage-10min-clean': [backBetween(30, 180), neverMoreThanTheRamp],
  'both-out': [reachesLevel3, electedProbes, backBetween(30, 180)],
  flapping: [atMostChanges(12), fewerAsDwellGrows],
  'low-traffic': [fallsByRun, backBetween(0, 25 * 60)],
  'low-traffic-probed': [fallsByRun, backBetween(0, 15 * 60)],
  'all-fails': [reachesLevel3, withinTheTable, electedProbes],
  'traffic-gone': [seesAgain, withinTheTable],
};

/** The load scenarios as data: users over time, errors over time, and the latency that is allowed. */
import type { ErrorPlan } from './errors.ts';

/** Users go in a straight line to target over this time. */
export interface Stage {
  readonly seconds: number;
  readonly target: number;
}

/** One way to load the service. */
export interface Scenario {
  /** What it is for, in one sentence. */
  readonly about: string;
  readonly startUsers: number;
  readonly stages: readonly Stage[];
  readonly errors: ErrorPlan;
  /** How long a user waits between an answer and the next request; 0 saturates the service. */
  readonly thinkSeconds: number;
  /**
   * The 95th and 99th percentile of http_req_duration that pass, in milliseconds. They are generous:
   * they shall catch requests that hang, on a laptop that does other work too, not a slow day.
   */
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Where the level must be at the end; anywhere if absent. */
  readonly endsAtLevel?: 1;
}

const steady = (share: number) => ({ kind: 'share' as const, points: [{ at: 0, share }] });

/** Every scenario by its name. */
export const SCENARIOS = {
  /** Users without a pause: 100 of them wait for each other, so latency is 100 / throughput. */
  ramp: {
    about: 'up to 100 users who never pause, one request in five fails',
    startUsers: 1,
    stages: [
      { seconds: 30, target: 100 },
      { seconds: 60, target: 100 },
      { seconds: 30, target: 0 },
    ],
    errors: steady(0.2),
    thinkSeconds: 0,
    p95Ms: 2_000,
    p99Ms: 4_000,
  },
  /** Twice the users of ramp at once, so twice its limits. */
  spike: {
    about: 'from 5 to 200 users within 5 s, and back',
    startUsers: 5,
    stages: [
      { seconds: 15, target: 5 },
      { seconds: 5, target: 200 },
      { seconds: 20, target: 200 },
      { seconds: 5, target: 5 },
      { seconds: 15, target: 5 },
    ],
    errors: steady(0.05),
    thinkSeconds: 0.02,
    p95Ms: 4_000,
    p99Ms: 8_000,
  },
  'brown-out': {
    about: 'the share of errors goes from 0 to 60 % and back to 0',
    startUsers: 20,
    stages: [{ seconds: 120, target: 20 }],
    errors: {
      kind: 'share',
      points: [
        { at: 0.1, share: 0 },
        { at: 0.5, share: 0.6 },
        { at: 0.9, share: 0 },
      ],
    },
    thinkSeconds: 0.1,
    p95Ms: 1_000,
    p99Ms: 2_000,
    endsAtLevel: 1,
  },
  recovery: {
    about: 'errors down to level 3, then successes alone until level 1 is seen, three times',
    startUsers: 10,
    stages: [{ seconds: 60, target: 10 }],
    errors: { kind: 'drive', cycles: 3 },
    thinkSeconds: 0.1,
    p95Ms: 1_000,
    p99Ms: 2_000,
    endsAtLevel: 1,
  },
  soak: {
    about: 'half an hour of ordinary traffic with a few errors',
    startUsers: 20,
    stages: [{ seconds: 1_800, target: 20 }],
    errors: steady(0.05),
    thinkSeconds: 0.2,
    p95Ms: 1_000,
    p99Ms: 2_000,
  },
  /** For CI, where the machine is small and shared. */
  smoke: {
    about: 'a few users for 20 s',
    startUsers: 5,
    stages: [{ seconds: 20, target: 5 }],
    errors: steady(0.2),
    thinkSeconds: 0.05,
    p95Ms: 1_000,
    p99Ms: 2_000,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

/** Whether there is a scenario of this name. */
export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** The shortest that scaling makes a stage, in milliseconds. */
const SHORTEST_STAGE_MS = 100;

/** The stages with their scaled durations in milliseconds. */
export function scaledStages(
  scenario: Scenario,
  scale: number,
): { readonly durationMs: number; readonly target: number }[] {
  return scenario.stages.map(({ seconds, target }) => ({
    durationMs: Math.max(SHORTEST_STAGE_MS, Math.round(seconds * 1_000 * scale)),
    target,
  }));
}

/** How long a scaled scenario runs, in milliseconds. */
export function durationMs(scenario: Scenario, scale: number): number {
  return scaledStages(scenario, scale).reduce((sum, stage) => sum + stage.durationMs, 0);
}

/** How many users must have seen a full recovery; null where recovery is not what is driven. */
function leastRecoveries(scenario: Scenario): number | null {
  return scenario.errors.kind === 'drive' ? scenario.startUsers : null;
}

/** The thresholds of k6: a run that misses one has failed. */
export function thresholdsOf(scenario: Scenario): Record<string, string[]> {
  const recoveries = leastRecoveries(scenario);
  return {
    answers_outside: ['count==0'],
    http_req_duration: [`p(95)<${scenario.p95Ms}`, `p(99)<${scenario.p99Ms}`],
    ...(recoveries !== null && { recoveries: [`count>=${recoveries}`] }),
  };
}

/** What a policy makes the workflow do, which knows no policy: a few words that it reads with the row. */
import { boundOf, NEVER } from './draw.ts';
import type { Policy } from './policy.ts';
import type { Directives } from './state.ts';

/** What holds for a row that does not say it: the deployment's word. */
export interface DeployedDirectives extends Required<Directives> {
  /** The share of the full face at level 2, where the row knows no step. */
  readonly rampBelow: string;
  /** Where the row knows no probe: 0 makes each request one. */
  readonly probeIntervalMs: number;
}

/** The words of a policy. */
export function directivesOf(policy: Policy): DeployedDirectives {
  const [firstShare] = policy.ramp;
  return {
    judge: policy.judge,
    shield: policy.shield,
    slowAfterMs: policy.slowAfterMs,
    countStatuses: JSON.stringify(policy.countStatuses),
    exerciseBelow: boundOf(policy.exerciseDegradedPercent / 100),
    rampBelow: firstShare === undefined ? NEVER : boundOf(firstShare / 100),
    probeIntervalMs: policy.probeIntervalMs,
  };
}

/** The field of a policy that each word comes from. */
const FIELDS = {
  judge: 'judge',
  shield: 'shield',
  slowAfterMs: 'slowAfterMs',
  countStatuses: 'countStatuses',
  exerciseBelow: 'exerciseDegradedPercent',
} as const satisfies Record<keyof Directives, keyof Policy>;

/** The words that a row has of its own: those whose field it overrides. A deployment may change the others. */
export function ownDirectives(
  policy: Policy,
  overrides: Readonly<Record<string, unknown>>,
): Directives {
  const all = directivesOf(policy);
  const own = Object.entries(FIELDS).filter(([, field]) => field in overrides);
  return Object.fromEntries(own.map(([word]) => [word, all[word as keyof Directives]]));
}

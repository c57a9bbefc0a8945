/** What a policy must look like, wherever it comes from. */
import * as v from 'valibot';
import { classic, type Policy } from '../level/policy.ts';
import { gotOf, problemOf, strictFields } from './validation.ts';

/** What a field of a policy takes: a number of a range, one of some words, or a list of numbers. */
export type PolicyField =
  | NumbersField
  | { readonly kind: 'words'; readonly words: readonly string[] };

interface NumbersField {
  readonly kind: 'number' | 'list';
  readonly unit: 'count' | 'ms' | 'percent' | 'status' | 'per second';
  readonly min: number;
  readonly max: number;
  /** 0 is allowed below min, and turns off what the field measures. */
  readonly orOff?: boolean;
  /** Whether only whole numbers count. */
  readonly whole: boolean;
}

/** The most that a count of a policy may be. */
export const MAX_COUNT = 1_000_000;

/** The most entries of a list. */
export const MAX_LIST = 10;

const HOUR_MS = 3_600_000;

const count: NumbersField = { kind: 'number', unit: 'count', min: 1, max: MAX_COUNT, whole: true };
const percent: NumbersField = { kind: 'number', unit: 'percent', min: 1, max: 100, whole: false };
const ms = (min: number, max: number): NumbersField => ({
  kind: 'number',
  unit: 'ms',
  min,
  max,
  whole: true,
});

/** Every field with what it takes. */
export const POLICY_FIELDS: Readonly<Record<keyof Policy, PolicyField>> = {
  judge: { kind: 'words', words: ['counts', 'rate'] },
  errorsToDegrade: count,
  errorsToMaintenance: count,
  successesToClear: count,
  successesToFull: count,
  probesToDegraded: count,
  // In whole seconds, so that each of its ten slots has whole milliseconds.
  windowMs: ms(1_000, 10 * 60_000),
  minimumRequests: count,
  minimumErrors: count,
  degradePercent: percent,
  deviationPercent: { ...percent, orOff: true },
  maintenancePercent: percent,
  consecutiveErrors: count,
  settleMs: ms(0, 60_000),
  writesPerSecond: { kind: 'number', unit: 'per second', min: 1, max: 500, whole: true },
  slowAfterMs: { ...ms(1, 10_000), orOff: true },
  countStatuses: { kind: 'list', unit: 'status', min: 400, max: 499, whole: true },
  dwellMs: ms(0, HOUR_MS),
  maxDwellMs: ms(0, 24 * HOUR_MS),
  flapWindowMs: ms(0, 24 * HOUR_MS),
  ramp: { kind: 'list', unit: 'percent', min: 0.1, max: 99, whole: false },
  rampStepMs: ms(100, HOUR_MS),
  rampStepRequests: count,
  canaryIntervalMs: ms(100, HOUR_MS),
  probeIntervalMs: { ...ms(100, HOUR_MS), orOff: true },
  maxProbeIntervalMs: ms(100, HOUR_MS),
  shield: { kind: 'words', words: ['off', 'safe', 'all'] },
  exerciseDegradedPercent: { ...percent, min: 0.1, max: 50, orOff: true },
};

/** The names of all fields. */
export const POLICY_NAMES = Object.keys(classic) as (keyof Policy)[];

/** A policy that validates, or what is wrong with it in a sentence that names the field. */
export type CheckedPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly overrides: Partial<Policy> }
  | { readonly ok: false; readonly problem: string };

/** Some fields of a policy, each as it must be alone. */
export const overridesSchema = strictFields(
  'a policy',
  Object.fromEntries(POLICY_NAMES.map((name) => [name, v.optional(schemaOf(POLICY_FIELDS[name]))])),
);

/**
 * Lays overrides over a policy and checks the result.
 *
 * @param deployed The policy that the overrides are laid over.
 * @param overrides Some fields of a policy, or none.
 */
export function overridePolicy(deployed: Policy, overrides: unknown): CheckedPolicy {
  const parsed = v.safeParse(overridesSchema, overrides, { abortEarly: true });
  if (!parsed.success) return { ok: false, problem: problemOf(parsed.issues) };
  const given = Object.entries(parsed.output).filter(([, value]) => value !== undefined);
  const overridden: Partial<Policy> = Object.fromEntries(given);
  const policy: Policy = { ...deployed, ...overridden };
  const problem = problemBetween(policy);
  return problem === null ? { ok: true, policy, overrides: overridden } : { ok: false, problem };
}

/** What is wrong between the fields of a policy; null if nothing is. */
function problemBetween(policy: Policy): string | null {
  const { errorsToDegrade, errorsToMaintenance, dwellMs, maxDwellMs, ramp } = policy;
  const { probeIntervalMs, maxProbeIntervalMs, windowMs, judge } = policy;
  const { deviationPercent, degradePercent } = policy;
  if (errorsToDegrade >= errorsToMaintenance) {
    const got = `got ${errorsToDegrade} and ${errorsToMaintenance}`;
    return `errorsToDegrade must be below errorsToMaintenance, ${got}`;
  }
  if (windowMs % 1_000 !== 0) return `windowMs must be whole seconds in ms, got ${windowMs}`;
  if (dwellMs > maxDwellMs) {
    return `dwellMs must be at most maxDwellMs, got ${dwellMs} and ${maxDwellMs}`;
  }
  if (probeIntervalMs > maxProbeIntervalMs) {
    const got = `got ${probeIntervalMs} and ${maxProbeIntervalMs}`;
    return `probeIntervalMs must be at most maxProbeIntervalMs, ${got}`;
  }
  if (ramp.some((share, index) => index > 0 && share <= (ramp[index - 1] ?? 0))) {
    return `ramp must grow from step to step, got ${JSON.stringify(ramp)}`;
  }
  if (deviationPercent > degradePercent) {
    const got = `got ${deviationPercent} and ${degradePercent}`;
    return `deviationPercent must be at most degradePercent, ${got}`;
  }
  if (judge === 'rate' && ramp.length === 0) {
    return 'ramp must have a step where judge is rate: level 1 begins on evidence of the full face alone';
  }
  return null;
}

function schemaOf(field: PolicyField): v.GenericSchema {
  if (field.kind === 'words') {
    return v.picklist(
      field.words,
      (issue) => `must be ${field.words.join(' or ')}, ${gotOf(issue)}`,
    );
  }
  if (field.kind === 'number') return numberOf(field);
  const words = `must be a list of at most ${MAX_LIST} numbers`;
  return v.pipe(
    v.array(numberOf(field), (issue) => `${words}, ${gotOf(issue)}`),
    v.maxLength(MAX_LIST, (issue) => `${words}, got ${issue.received}`),
    v.check(
      (list) => new Set(list).size === list.length,
      (issue) => `must have no number twice, ${gotOf(issue)}`,
    ),
  );
}

function numberOf({ min, max, orOff = false, whole }: NumbersField) {
  const what = whole ? 'an integer' : 'a number';
  const off = orOff ? '0, or ' : '';
  const expected = (issue: v.BaseIssue<unknown>) =>
    `must be ${off}${what} from ${min} to ${max}, ${gotOf(issue)}`;
  const isIn = (value: number) => (orOff && value === 0) || (value >= min && value <= max);
  return v.pipe(
    v.number(expected),
    v.check((value) => isIn(value) && (!whole || Number.isInteger(value)), expected),
  );
}

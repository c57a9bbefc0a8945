/** The attributes of a row that most rows have not: numbers and words, each as it must be. */
import type { LevelState } from '../level/state.ts';
import type { Item } from './level-store.ts';
import { shown } from './shown.ts';

/** What is wrong with an attribute. */
export interface Problem {
  readonly name: string;
  readonly words: string;
}

/** Integers from 0. */
const NUMBERS = [
  'slowAfterMs',
  'run',
  'watchSinceMs',
  'watchUntilMs',
  'okMs',
  'cautionUntilMs',
  'cautionFromMs',
  'sampleOneIn',
  'sampleUntilMs',
  'learnedErrors',
  'learnedRequests',
  'learnedUntilMs',
  'dwellMs',
  'climbedAtMs',
  'quietUntilMs',
  'retryMs',
  'rampStep',
  'stepSinceMs',
  'canaryOk',
  'canaryErrors',
  'canaryRun',
  'nextCanaryAtMs',
  'nextProbeAtMs',
  'probeIntervalMs',
  'probeFailures',
  'replicaVersion',
] as const satisfies readonly (keyof LevelState)[];

/** A bound of a draw. */
const BOUND = /^(?:[0-9a-f]{8}|0|g)$/;

/** Texts, with the form that each has. */
const TEXTS = {
  judge: /^(?:counts|rate)$/,
  shield: /^(?:off|safe|all)$/,
  countStatuses: /^\[(?:\d{3}(?:,\d{3})*)?\]$/,
  exerciseBelow: BOUND,
  sampleBelow: BOUND,
  rampBelow: BOUND,
} as const satisfies Partial<Record<keyof LevelState, RegExp>>;

/** Every attribute that a row may be without. */
export const OPTIONAL_ATTRIBUTES: readonly string[] = [...NUMBERS, ...Object.keys(TEXTS)];

/** Understands them; a malformed one is a problem of the row, since nothing could be counted on from it. */
export function optionalsOf(row: Item, problems: Problem[]): Partial<LevelState> {
  const found: Record<string, unknown> = {};
  for (const name of NUMBERS) {
    const value = row[name];
    if (value === undefined) continue;
    if (isInteger(value)) found[name] = value;
    else problems.push({ name, words: `must be an integer from 0, got ${shown(value)}` });
  }
  for (const [name, form] of Object.entries(TEXTS)) {
    const value = row[name];
    if (value === undefined) continue;
    if (typeof value === 'string' && form.test(value)) found[name] = value;
    else problems.push({ name, words: `must match ${String(form)}, got ${shown(value)}` });
  }
  return found;
}

function isInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

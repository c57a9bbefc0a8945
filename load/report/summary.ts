/** A run in figures, and everything that makes it a failure. */
import type { Level } from '../../lib/level/level.ts';
import type { Change } from '../../lib/level/state.ts';
import type { Kind } from '../k6/contract.ts';
import { SCENARIOS, type Scenario, type ScenarioName } from '../k6/scenarios.ts';
import type { Poll, Status } from '../status.ts';
import { checkLog, type ServerLog } from './changes.ts';
import { countKinds, latencyOf, type Answer, type Latency } from './samples.ts';

/** A threshold of k6 and whether it held. */
export interface Threshold {
  /** For example `http_req_duration p(95)<2000`. */
  readonly name: string;
  readonly held: boolean;
}

/** All that is known of a run when it has ended. */
export interface Run {
  readonly scenario: ScenarioName;
  readonly scale: number;
  readonly url: string;
  /** The machine and the versions, in one line. */
  readonly machine: string;
  readonly answers: readonly Answer[];
  readonly before: Status;
  readonly after: Status;
  readonly polls: readonly Poll[];
  readonly failedPolls: number;
  /** The server's log; null if it was not given. */
  readonly log: ServerLog | null;
  readonly thresholds: readonly Threshold[];
  /** What else went wrong, in words. */
  readonly problems: readonly string[];
  /** k6's exit code; null if a signal ended it. */
  readonly k6Exit: number | null;
}

/** What summary.json holds. */
export interface Summary {
  readonly scenario: ScenarioName;
  readonly scale: number;
  readonly url: string;
  readonly machine: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly requests: number;
  readonly perSecond: number;
  readonly latencyMs: Latency | null;
  readonly answers: Readonly<Record<Kind, number>>;
  /** What was wrong with answers outside the contract, and how often. */
  readonly outside: Readonly<Record<string, number>>;
  readonly level: { readonly before: Level; readonly after: Level };
  /** How many epochs began during the run. */
  readonly changes: number;
  readonly polls: { readonly answered: number; readonly failed: number };
  /** What was compared with the log; null without one. */
  readonly log: {
    readonly epochs: number;
    readonly problems: readonly string[];
    readonly errors: Readonly<Record<string, number>>;
  } | null;
  readonly thresholds: readonly Threshold[];
  /** Why the run has failed; empty if it has passed. */
  readonly failures: readonly string[];
}

/** k6's exit code when a threshold was missed. */
const THRESHOLDS_MISSED = 99;

/** The first and the last moment of the answers, in epoch milliseconds. */
export function spanOf(answers: readonly Answer[]): {
  readonly startMs: number;
  readonly endMs: number;
} {
  let [startMs, endMs] = [Infinity, -Infinity];
  for (const { atMs, durationMs } of answers) {
    startMs = Math.min(startMs, atMs - durationMs);
    endMs = Math.max(endMs, atMs);
  }
  return { startMs, endMs };
}

/** Puts a run into figures. */
export function summarise(run: Run): Summary {
  const { answers, before, after } = run;
  const { startMs, endMs } = spanOf(answers);
  const seconds = (endMs - startMs) / 1_000;
  const log = logResult(run);
  return {
    scenario: run.scenario,
    scale: run.scale,
    url: run.url,
    machine: run.machine,
    startedAt: new Date(startMs).toISOString(),
    seconds,
    requests: answers.length,
    perSecond: answers.length / seconds,
    latencyMs: latencyOf(answers.map(({ durationMs }) => durationMs)),
    answers: countKinds(answers),
    outside: countReasons(answers),
    level: { before: before.currentLevel, after: after.currentLevel },
    changes: after.epoch - before.epoch,
    polls: { answered: run.polls.length, failed: run.failedPolls },
    log,
    thresholds: run.thresholds,
    failures: [...failures(run), ...(log?.problems ?? []).map((problem) => `log: ${problem}`)],
  };
}

/** Every change that a poll saw, by its epoch. */
export function seenChanges({ polls, after }: Run): Change[] {
  const byEpoch = new Map<number, Change>();
  for (const { history } of [...polls, after]) {
    for (const change of history) byEpoch.set(change.epoch, change);
  }
  return [...byEpoch.values()].toSorted((a, b) => a.epoch - b.epoch);
}

function logResult(run: Run): Summary['log'] {
  const { before, after } = run;
  if (run.log === null) return null;
  const { changes, errors } = run.log;
  const problems = checkLog(changes, {
    startEpoch: before.epoch,
    finalEpoch: after.epoch,
    history: after.history,
    seen: seenChanges(run),
  });
  const epochs = changes.filter(({ epoch }) => epoch > before.epoch).length;
  return { epochs, problems, errors };
}

function countReasons(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, why } of answers) {
    if (kind === 'outside') counts[why] = (counts[why] ?? 0) + 1;
  }
  return counts;
}

function failures({ thresholds, k6Exit, scenario, after, answers, problems }: Run): string[] {
  const { endsAtLevel }: Scenario = SCENARIOS[scenario];
  const outside = countKinds(answers).outside;
  return [
    ...problems,
    ...thresholds.filter(({ held }) => !held).map(({ name }) => `threshold missed: ${name}`),
    // Its threshold may be missing if k6 was stopped; the answers were counted all the same.
    ...(outside > 0 ? [`${outside} answers were outside the contract`] : []),
    ...(thresholds.length === 0 ? ['k6 left no thresholds'] : []),
    ...(k6Exit === 0 || k6Exit === THRESHOLDS_MISSED ? [] : [`k6 ended with ${k6Exit}`]),
    ...(endsAtLevel === undefined || after.currentLevel === endsAtLevel
      ? []
      : [`it must end at level ${endsAtLevel}, it ended at level ${after.currentLevel}`]),
  ];
}

/** Runs that were never made, for the tests of what is made of them. */
import type { Level } from '../../lib/level/level.ts';
import type { Change } from '../../lib/level/state.ts';
import type { LoggedChange } from '../../load/report/changes.ts';
import type { Answer } from '../../load/report/samples.ts';
import type { Run } from '../../load/report/summary.ts';

/** When the runs begin, in epoch milliseconds. */
export const START_MS = Date.parse('2026-01-01T00:00:00.000Z');

/** An answer that arrived some seconds after the start. */
export function answer(atSeconds: number, fields: Partial<Answer> = {}): Answer {
  const atMs = START_MS + atSeconds * 1_000;
  return { atMs, durationMs: 10, kind: 'full', level: 1, why: '', ...fields };
}

/** The walk 1 → 2 → 3 → 2 → 1 → …, one change a second, from an epoch on. */
export function walk(firstEpoch: number, lastEpoch: number): Change[] {
  const levels = [1, 2, 3, 2] as const;
  const levelAt = (epoch: number): Level => levels[epoch % 4] ?? 1;
  return Array.from({ length: lastEpoch - firstEpoch + 1 }, (_, index) => {
    const epoch = firstEpoch + index;
    const [from, to] = [levelAt(epoch - 1), levelAt(epoch)];
    const at = new Date(START_MS + epoch * 1_000).toISOString();
    return { epoch, from, to, at, reason: to > from ? 'errors' : 'successes' };
  });
}

/** The changes as the log of a faultless server tells them. */
export function logOf(changes: readonly Change[]): LoggedChange[] {
  return changes.map(({ at, ...change }) => ({ ...change, atMs: Date.parse(at) }));
}

/** A run of 30 s with 12 changes in which nothing went wrong. */
export function givenRun(fields: Partial<Run> = {}): Run {
  const changes = walk(1, 12);
  const answers = Array.from({ length: 300 }, (_, index) => answer(index / 10 + 0.01));
  return {
    scenario: 'ramp',
    scale: 0.25,
    url: 'http://127.0.0.1:3000',
    machine: 'a machine',
    answers,
    before: { currentLevel: 1, epoch: 0, history: [] },
    after: { currentLevel: 1, epoch: 12, history: changes.slice(-8) },
    polls: [{ currentLevel: 2, epoch: 7, history: changes.slice(0, 7), atMs: START_MS + 7_500 }],
    failedPolls: 0,
    log: { changes: logOf(changes), errors: {} },
    thresholds: [{ name: 'answers_outside count==0', held: true }],
    problems: [],
    k6Exit: 0,
    ...fields,
  };
}

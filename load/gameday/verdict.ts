/** What a game day has shown: a pure function of the answers and of the level's changes. */
import type { Level } from '../../lib/level/level.ts';
import type { Change } from '../../lib/level/state.ts';
import type { Answer } from '../report/samples.ts';

/** The parts of a game day. */
export type Phase = 'calm' | 'outage' | 'recovery';

/** An answer with the part that it was asked in. */
export interface PhasedAnswer extends Answer {
  readonly phase: Phase;
}

/** What was seen. */
export interface Seen {
  readonly answers: readonly PhasedAnswer[];
  /** The changes since the beginning, oldest first. */
  readonly changes: readonly Change[];
  /** When the outage began and ended, in epoch milliseconds. */
  readonly outage: { readonly fromMs: number; readonly toMs: number };
  readonly level: { readonly before: Level; readonly after: Level };
  /** When level 1 was back after the outage, in epoch milliseconds; null: it was not. */
  readonly backAtMs: number | null;
  /** Errors that lead to level 2 where each of them counts; null where a rate decides. */
  readonly errorsToDegrade: number | null;
}

/** What was promised. */
export interface Promised {
  readonly fallsWithin: number;
  readonly backWithinS: number;
}

/** One thing that was asked of the system. */
export interface Check {
  readonly what: string;
  readonly got: string;
  readonly holds: boolean;
}

/** Holds what was seen against what was promised. */
export function judgeGameDay(seen: Seen, { fallsWithin, backWithinS }: Promised): Check[] {
  const { answers, level, outage, backAtMs } = seen;
  const requests = requestsToFall(seen);
  const outside = answers.filter(({ kind }) => kind === 'outside');
  const backS = backAtMs === null ? null : (backAtMs - outage.toMs) / 1_000;
  return [
    { what: 'it began at level 1', got: `level ${level.before}`, holds: level.before === 1 },
    {
      what: `it degraded within ${fallsWithin} requests`,
      got: requests === null ? 'it did not degrade' : `after ${requests}`,
      holds: requests !== null && requests <= fallsWithin,
    },
    {
      what: `it was back at level 1 within ${backWithinS} s`,
      got: backS === null ? `level ${level.after} at the end` : `after ${backS.toFixed(1)} s`,
      holds: backS !== null && backS <= backWithinS,
    },
    {
      what: 'nobody got an answer outside the contract',
      got: outside.length === 0 ? 'none' : `${outside.length}, first: ${outside[0]?.why ?? ''}`,
      holds: outside.length === 0,
    },
    lostCheck(seen),
    gapCheck(seen),
  ];
}

/** The requests of the outage up to the one that found a lower level. */
function requestsToFall({ answers, changes, outage }: Seen): number | null {
  const fall = changes.find(({ from, to, at }) => to > from && Date.parse(at) >= outage.fromMs);
  if (fall === undefined) return null;
  const fellAtMs = Date.parse(fall.at);
  return answers.filter(({ phase, atMs }) => phase === 'outage' && atMs - 1 <= fellAtMs).length + 1;
}

/**
 * One after the other, each error that a client is told of at level 1 counts before the next request: the
 * first fall comes with the last one that it needs.
 */
function lostCheck(seen: Seen): Check {
  const what = 'no error that a client was told of was lost';
  const { answers, errorsToDegrade } = seen;
  if (errorsToDegrade === null) {
    return { what, got: 'not to be told from outside: a rate counts a share', holds: true };
  }
  const requests = requestsToFall(seen);
  const told = answers
    .filter(({ phase }) => phase === 'outage')
    .slice(0, requests ?? Infinity)
    .filter(({ kind, level }) => kind === 'error' && level === 1).length;
  const holds = requests === null ? told < errorsToDegrade : told === errorsToDegrade;
  return { what, got: `${told} told up to the fall, ${errorsToDegrade} needed`, holds };
}

/** Each change begins where the one before ended. */
function gapCheck({ changes }: Seen): Check {
  const gap = changes.find((change, index) => {
    const before = changes[index - 1];
    return before !== undefined && (change.epoch !== before.epoch + 1 || change.from !== before.to);
  });
  const levels = changes.map(({ from, to }) => `${from} → ${to}`).join(', ');
  return {
    what: 'the changes of level are one chain',
    got: gap === undefined ? levels || 'none' : `a gap before epoch ${gap.epoch}`,
    holds: gap === undefined,
  };
}

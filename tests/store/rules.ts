/** What must be true of every write, in words and arithmetic that are not those of lib. */
import { isDeepStrictEqual } from 'node:util';
import type { Level } from '../../lib/level/level.ts';
import type { Change } from '../../lib/level/state.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { OVERRIDE, type Member } from './actors.ts';
import type { Step } from './explorer.ts';
import { NOW_MS } from './steps.ts';

/** A row as the rules see it. */
export interface View {
  readonly level: number;
  readonly errors: number;
  readonly successes: number;
  readonly epoch: number;
  readonly override: { readonly untilMs?: number } | undefined;
  readonly pinned: boolean;
  readonly limits: Limits;
  /** How the epoch began, as the row tells it. */
  readonly began: Change | undefined;
}

interface Limits {
  readonly errorsToDegrade: number;
  readonly errorsToMaintenance: number;
}

/** A write, with what its writer saw last; after is null where the fence failed. */
export interface Write {
  readonly kind: Member['name'];
  readonly member: Member;
  /** It counts an outcome: step 1 of the protocol. */
  readonly counts: boolean;
  /** It makes a transition or a clear: step 3 of the protocol, by an outcome, the tick or a release. */
  readonly settles: boolean;
  readonly controls: boolean;
  /** How many writes this actor sent before. */
  readonly earlier: number;
  readonly seen: View;
  readonly before: View;
  readonly after: View | null;
}

/** A write whose fence held. */
export type Applied = Write & { readonly after: View };

const SUCCESSES_NEEDED = 10;

/** What must be true of every write that was applied. */
export const WHEN_APPLIED: Readonly<Record<string, (write: Applied) => boolean>> = {
  'the epoch grows by one with each change of level and each control write, and never otherwise'(
    write,
  ) {
    const { before, after, controls } = write;
    const begins = controls || after.level !== before.level || expiresOverride(write);
    return after.epoch - before.epoch === (begins ? 1 : 0);
  },
  'only a pin or a reset skips a level'({ kind, before, after }) {
    return Math.abs(after.level - before.level) <= 1 || kind === 'pin' || kind === 'reset';
  },
  'a level begins with its entry counters'({ kind, before, after }) {
    const begins = kind === 'pin' || kind === 'reset' || kind === 'changePolicy';
    if (!begins && after.level === before.level) return true;
    return after.errors === entryErrors(after) && after.successes === 0;
  },
  'evidence counts only under the level and epoch it was read at, and never while pinned'(write) {
    return !write.counts || meetsItsFence(write);
  },
  'an outcome counts once and as itself'({ counts, member, before, after }) {
    if (!counts) return true;
    const failed = member.result === 'error';
    const errors = before.errors + (failed && before.level !== 3 ? 1 : 0);
    const successes = failed ? 0 : before.successes + 1;
    return isDeepStrictEqual(after, { ...before, errors, successes });
  },
  'the evidence of a transition stands in the row at that instant'(write) {
    const { settles, before, after } = write;
    if (!settles || after.level === before.level) return true;
    return isStillAsSeen(write) && due(before) === after.level;
  },
  'a clear wipes no error that was counted after it was decided'(write) {
    const { settles, seen, before, after } = write;
    if (!settles || after.level !== before.level || expiresOverride(write)) return true;
    const cleared = { ...before, errors: 0, successes: 0 };
    const decided = isStillAsSeen(write) && due(before) === 'clear';
    return decided && seen.errors === before.errors && isDeepStrictEqual(after, cleared);
  },
  'a control write changes exactly the row that it read, and that as asked'(write) {
    const { controls, seen, before } = write;
    if (!controls) return true;
    return before.level === seen.level && before.epoch === seen.epoch && isAsAsked(write);
  },
  'an override goes only by a release, a reset, its end or a transition'(write) {
    const { kind, before, after } = write;
    if (before.override === undefined || after.override !== undefined) return true;
    return kind === 'release' || kind === 'reset' || (write.settles && !before.pinned);
  },
  'each row tells how its epoch began'({ before, after, kind }) {
    if (after.epoch === before.epoch) return isDeepStrictEqual(after.began, before.began);
    if (after.began === undefined) return false;
    const entry = after.began;
    const { epoch, from, to } = entry;
    const expected = { epoch: after.epoch, from: before.level, to: after.level };
    return isDeepStrictEqual({ epoch, from, to }, expected) && REASONS[kind].has(entry.reason);
  },
};

const REASONS: Readonly<Record<Member['name'], ReadonlySet<string>>> = {
  error: new Set(['errors']),
  success: new Set(['errors', 'successes', 'probes']),
  lateError: new Set(['errors']),
  lateSuccess: new Set(['errors', 'successes', 'probes']),
  heal: new Set(['errors', 'successes', 'probes', 'override-expired']),
  pin: new Set(['pin']),
  release: new Set(['release', 'errors', 'successes', 'probes']),
  changePolicy: new Set(['policy']),
  reset: new Set(['reset']),
};

/** What must be true of every write, applied or not. */
export const ALWAYS: Readonly<Record<string, (write: Write) => boolean>> = {
  'an outcome and a tick make at most two writes, an operator three, a release one more'(write) {
    const most = write.kind === 'release' ? 4 : write.controls ? 3 : 2;
    return write.earlier < most;
  },
  'no evidence is lost: an outcome that meets its fence is counted'(write) {
    return write.after !== null || !write.counts || !meetsItsFence(write);
  },
  'a transition or clear that is still due is made'(write) {
    const { after, settles, before, seen } = write;
    if (after !== null || !settles || !isStillAsSeen(write)) return true;
    return due(before) !== due(seen);
  },
  'an operator is refused only if the row has changed'({ after, controls, before, seen }) {
    if (after !== null || !controls) return true;
    return before.level !== seen.level || before.epoch !== seen.epoch;
  },
};

/** What a step of the search was, if it was a write. */
export function writeOf({ before, point, written }: Step<Member>): Write {
  const member = point.actor;
  const kind = member.name;
  const outcome = member.result !== undefined;
  const counts = outcome && point.writes === 0;
  // An operator reads before each try; a release that was applied writes once more without.
  const after = kind === 'release' && point.answers.length % 2 === 0;
  const settles = kind === 'heal' || after || (outcome && !counts);
  return {
    kind,
    member,
    counts,
    settles,
    controls: !outcome && !settles,
    earlier: point.writes,
    seen: viewOf(point.answers.findLast((answer) => answer !== null) ?? undefined),
    before: viewOf(before),
    after: written === null ? null : viewOf(written),
  };
}

/** Reads an item as the rules see it. */
export function viewOf(item: Item | undefined): View {
  // The rows of these tests are good ones.
  const row = (item ?? {}) as Partial<Record<string, number>> & {
    readonly override?: { readonly untilMs?: number };
    readonly policy?: Limits;
    readonly changedBy?: Change['reason'];
    readonly lastTransition?: string;
    readonly transitionReason?: string;
  };
  const { override, policy, changedBy: reason, lastTransition: at = '' } = row;
  const { transitionReason: words } = row;
  const note = words === undefined || words === reason ? {} : { note: words };
  const level = (row['currentLevel'] ?? 1) as Level;
  const from = (row['changedFrom'] ?? 1) as Level;
  const epoch = row['epoch'] ?? 0;
  return {
    level,
    errors: row['errorCount'] ?? 0,
    successes: row['successCount'] ?? 0,
    epoch,
    override,
    pinned: override !== undefined && (override.untilMs ?? Infinity) > NOW_MS,
    limits: policy ?? { errorsToDegrade: 5, errorsToMaintenance: 10 },
    began: reason === undefined ? undefined : { epoch, from, to: level, at, reason, ...note },
  };
}

/** What the counts of a row call for: a level, a clear, or nothing. */
export function due({ level, errors, successes, limits }: View): number | 'clear' | null {
  if (level === 1 && errors >= limits.errorsToDegrade) return 2;
  if (level === 2 && errors >= limits.errorsToMaintenance) return 3;
  if (successes < SUCCESSES_NEEDED) return null;
  if (level > 1) return level - 1;
  return errors > 0 ? 'clear' : null;
}

function entryErrors({ level, limits }: View): number | undefined {
  return [0, limits.errorsToDegrade, limits.errorsToMaintenance][level - 1];
}

function meetsItsFence({ member, seen, before }: Write): boolean {
  const { level, epoch } = member.readAt ?? seen;
  const matters = member.result === 'error' || level !== 1 || before.errors > 0;
  return matters && !before.pinned && before.level === level && before.epoch === epoch;
}

function isStillAsSeen({ seen, before }: Write): boolean {
  return !before.pinned && seen.level === before.level && seen.epoch === before.epoch;
}

/** Whether the write is the tick's that removes an override which has run out. */
export function expiresOverride({ kind, before, after }: Write): boolean {
  if (kind !== 'heal' || after === null || before.override === undefined) return false;
  return !before.pinned && after.override === undefined && after.level === before.level;
}

function isAsAsked({ kind, member, before, after }: Applied): boolean {
  const { level, errors, successes, override } = after;
  if (kind === 'pin') return level === member.pinTo && isDeepStrictEqual(override, OVERRIDE);
  if (kind === 'reset') return level === 1 && override === undefined;
  if (level !== before.level) return false;
  if (kind === 'changePolicy') {
    return isDeepStrictEqual(override, before.override) && after.limits.errorsToDegrade === 3;
  }
  const kept = errors === before.errors && successes === before.successes;
  return override === undefined && kept;
}

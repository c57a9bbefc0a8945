/** What must be true of every write under a rate, in words and arithmetic that are not those of lib. */
import { isDeepStrictEqual } from 'node:util';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Item } from '../../lib/store/level-store.ts';
import type { Point, Step } from './explorer.ts';
import type { RateMember } from './rate-actors.ts';
import { dueOf, fallOf, numberOf, rateViewOf, type RateView } from './rate-view.ts';
import { NOW_MS } from './steps.ts';

/** What a write is for. */
export type Purpose = 'count' | 'claim' | 'step' | 'share' | 'move' | 'expire' | 'control';

/** A write, with what its writer saw last; after is null where the fence failed. */
export interface RateWrite {
  readonly kind: RateMember['name'];
  readonly purpose: Purpose;
  readonly write: ConditionalWrite;
  readonly seen: RateView;
  readonly before: RateView;
  readonly after: RateView | null;
  /** How many writes this actor sent before. */
  readonly earlier: number;
}

type Applied = RateWrite & { readonly after: RateView };

const SHARE: ReadonlySet<string> = new Set(['sampleOneIn', 'sampleBelow', 'sampleUntilMs']);

/** What must be true of every write that was applied. */
export const RATE_WHEN_APPLIED: Readonly<Record<string, (write: Applied) => boolean>> = {
  'the epoch grows by one with each change of level and each control write, and never otherwise'(
    write,
  ) {
    const begins = ['move', 'expire', 'control'].includes(write.purpose);
    return write.after.epoch - write.before.epoch === (begins ? 1 : 0);
  },
  'only a move or a control write changes the level, a move by one'({ purpose, before, after }) {
    if (purpose === 'control') return true;
    return Math.abs(after.level - before.level) === (purpose === 'move' ? 1 : 0);
  },
  'an outcome counts once and as itself, and nothing else of the level changes'(write) {
    if (write.purpose !== 'count') return true;
    const { kind, before, after } = write;
    const changed = changesBetween(before.evidence, after.evidence);
    return (
      isDeepStrictEqual(stepOf(before), stepOf(after)) &&
      wordsOf(kind, before.level).some((words) => isDeepStrictEqual(changed, words))
    );
  },
  'what was learned is what was before, or that and each complete slot once'({
    purpose,
    before,
    after,
  }) {
    if (purpose === 'control') return true;
    const { learnedRequests, learnedUntilMs } = after.item;
    const isSame = learnedRequests === before.item['learnedRequests'];
    return (
      isSame ||
      (purpose === 'count' && learnedRequests === 2_080 && learnedUntilMs === NOW_MS - 4_000)
    );
  },
  'evidence counts only under the level and epoch it was read at, a canary in its step, none while pinned'(
    write,
  ) {
    return write.purpose !== 'count' || meetsItsFence(write);
  },
  'a fall rests on its rate, or on a run that is still there'({ purpose, seen, before, after }) {
    if (purpose !== 'move' || after.level < before.level) return true;
    const isSame = !before.pinned && seen.epoch === before.epoch;
    const why = fallOf(seen);
    return isSame && (why === 'run' ? (before.evidence['run'] ?? 0) >= 5 : why === 'rate');
  },
  'a climb or a next step rests on its own step, with no error more than was judged'(write) {
    const { purpose, seen, before, after } = write;
    if (purpose === 'move' ? after.level !== 1 : !isNextStep(write)) return true;
    const wanted = purpose === 'move' ? 'up' : 'next-step';
    return isSameStep(write) && dueOf(seen) === wanted && errorsOf(before) <= errorsOf(seen);
  },
  'a retreat rests on its own step, with no error less than was judged'(write) {
    const { purpose, seen, before } = write;
    if (purpose !== 'step' || isNextStep(write)) return true;
    return isSameStep(write) && dueOf(seen) === 'retreat' && errorsOf(before) >= errorsOf(seen);
  },
  'a step is never skipped, and begins with no canary'({ purpose, before, after }) {
    if (purpose !== 'step') return true;
    const [from, to] = [numberOf(before.item, 'rampStep'), numberOf(after.item, 'rampStep')];
    const rest = Object.keys(after.evidence).filter((name) => name.startsWith('canary'));
    return (to === 0 || to === from + 1) && rest.length === 0;
  },
  'the way from level 3 rests on three probes'({ purpose, before, after }) {
    if (purpose !== 'move' || before.level !== 3) return true;
    return after.level === 2 && (before.evidence['successCount'] ?? 0) >= 3;
  },
  'a level begins without evidence'({ purpose, after }) {
    return !['move', 'control'].includes(purpose) || isDeepStrictEqual(after.evidence, {});
  },
  'level 1 and level 3 know no step, level 2 begins at the first'({ purpose, after }) {
    if (purpose !== 'move' && purpose !== 'control') return true;
    return numberOf(after.item, 'rampStep', -1) === (after.level === 2 ? 0 : -1);
  },
  'a claim is won by one of those who saw the same time, when it was due'(write) {
    const { purpose, seen, before, after } = write;
    if (purpose !== 'claim') return true;
    const [was, is] = [before.item['nextProbeAtMs'], after.item['nextProbeAtMs']];
    const isDue = numberOf(before.item, 'nextProbeAtMs') <= NOW_MS && before.level === 3;
    const rest = { ...before.item, nextProbeAtMs: is };
    return (
      isDue &&
      was === seen.item['nextProbeAtMs'] &&
      is === NOW_MS + 5_000 &&
      !before.pinned &&
      isDeepStrictEqual(after.item, rest)
    );
  },
  'a share changes nothing else'({ purpose, before, after }) {
    if (purpose !== 'share') return true;
    return Object.keys(changesBetween(before.item, after.item)).every((name) => SHARE.has(name));
  },
};

/** What must be true of every write, applied or not. */
export const RATE_ALWAYS: Readonly<Record<string, (write: RateWrite) => boolean>> = {
  'an outcome makes at most two writes, its claim and its repeat besides, an operator tries three times'({
    kind,
    purpose,
    earlier,
  }) {
    if (kind === 'tick') return earlier < 5;
    const isOne = purpose === 'control' || kind.startsWith('probe') || kind.startsWith('repeated');
    return earlier < (isOne ? 3 : 2);
  },
  'no evidence is lost: an outcome that meets its fence is counted'(write) {
    return write.purpose !== 'count' || write.after !== null || !meetsItsFence(write);
  },
  'a claim is lost only to another, or to another epoch'({ purpose, seen, before, after }) {
    if (purpose !== 'claim' || after !== null) return true;
    const isSame = before.item['nextProbeAtMs'] === seen.item['nextProbeAtMs'];
    return !isSame || before.epoch !== seen.epoch || before.pinned;
  },
};

/** What a step of the search was, if it was a write. */
export function rateWriteOf(step: Step<RateMember>, start: Item | undefined): RateWrite | null {
  const { point, written, before } = step;
  if (point.next.kind !== 'write') return null;
  const { write } = point.next;
  const purpose = purposeOf(write);
  return {
    kind: point.actor.name,
    purpose,
    write,
    seen: rateViewOf(seenBy(point, purpose, start)),
    before: rateViewOf(before),
    after: written === null ? null : rateViewOf(written),
    earlier: point.writes,
  };
}

/** The row that a write was decided on. */
function seenBy({ actor, answers }: Point<RateMember>, purpose: Purpose, start: Item | undefined) {
  const [first] = answers;
  const { name } = actor;
  const readsItself = name === 'tick' || name.startsWith('late');
  if (purpose === 'count') return readsItself ? (first ?? undefined) : start;
  if (name.startsWith('repeated')) return first ?? start;
  return answers.findLast((answer) => answer !== null) ?? start;
}

function purposeOf({ expect, set, add, setIfAbsent, remove = [] }: ConditionalWrite): Purpose {
  if (expect.kind === 'as-read') return 'control';
  if (set['epoch'] !== undefined) return set['currentLevel'] === undefined ? 'expire' : 'move';
  if (add !== undefined || setIfAbsent !== undefined || set['successCount'] === 0) return 'count';
  if (set['rampStep'] !== undefined) return 'step';
  return [...Object.keys(set), ...remove].every((name) => SHARE.has(name)) ? 'share' : 'claim';
}

const changesBetween = (before: Item, after: Item): Record<string, unknown> => {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
  return Object.fromEntries(
    changed.map((name) => {
      const [was, is] = [before[name] ?? 0, after[name] ?? 0];
      return [kindOf(name), is === 0 ? 'gone' : Number(is) - Number(was)];
    }),
  );
};

/** Evidence of a slot by its letter. */
const kindOf = (name: string) => (/^[EO][0-9a-z]{6}$/.test(name) ? name.charAt(0) : name);

/** What a count may change: what ends a run that is not there changes nothing. */
function wordsOf(kind: RateMember['name'], level: number): Record<string, unknown>[] {
  if (kind === 'tick')
    return [...wordsOf('canarySuccess', level), ...wordsOf('probeSuccess', level)];
  if (kind.startsWith('probe')) {
    return kind === 'probeError' ? [{}, { successCount: 'gone' }] : [{ successCount: 1 }];
  }
  if (/canary/i.test(kind)) {
    if (kind === 'canaryError') return [{ canaryErrors: 1, canaryRun: 1 }];
    return [{ canaryOk: 1 }, { canaryOk: 1, canaryRun: 'gone' }];
  }
  // The first error of a watch is no part of a rate.
  if (/error$/i.test(kind)) return [{ E: 1, run: 1 }, { run: 1 }, {}];
  return [{ O: 1 }, { O: 1, run: 'gone' }];
}

function meetsItsFence({ kind, seen, before, write }: RateWrite): boolean {
  const isSame = before.level === seen.level && before.epoch === seen.epoch && !before.pinned;
  const isCanary =
    write.add?.['canaryOk'] !== undefined || write.add?.['canaryErrors'] !== undefined;
  const inStep = !isCanary || before.item['stepSinceMs'] === seen.item['stepSinceMs'];
  const isSampled = numberOf(before.item, 'sampleUntilMs') > NOW_MS;
  // Drawn by less than a quarter of the share that is now in force, it would stand for too much.
  const most = 4 * weightOf(seen.item);
  const isRate = !isCanary && !kind.startsWith('probe') && before.level < 3 && !startsWatch(write);
  const isDrawnSo = !isRate || !isSampled || numberOf(before.item, 'sampleOneIn', 1) <= most;
  return isSame && inStep && isDrawnSo;
}

function weightOf(item: Item): number {
  if (numberOf(item, 'sampleUntilMs') > NOW_MS) return numberOf(item, 'sampleOneIn', 1);
  return numberOf(item, 'cautionUntilMs') > NOW_MS ? 16 : 1;
}

function startsWatch({ set }: ConditionalWrite): boolean {
  return set['watchSinceMs'] !== undefined;
}

function stepOf({ item }: RateView) {
  const { rampStep, stepSinceMs, quietUntilMs } = item;
  return { rampStep, stepSinceMs, quietUntilMs };
}

function isSameStep({ seen, before }: RateWrite): boolean {
  const isSame = seen.item['stepSinceMs'] === before.item['stepSinceMs'];
  return isSame && seen.epoch === before.epoch && !before.pinned;
}

function isNextStep({ purpose, write }: RateWrite): boolean {
  return purpose === 'step' && write.set['quietUntilMs'] === undefined;
}

function errorsOf({ evidence }: RateView): number {
  return evidence['canaryErrors'] ?? 0;
}

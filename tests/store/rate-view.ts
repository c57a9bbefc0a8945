/** A row under a rate as the rules of the search see it, and what its evidence calls for. */
import type { Item } from '../../lib/store/level-store.ts';
import { NOW_MS } from './steps.ts';

const SLOT_MS = 1_000;
const SLOTS = 10;

const EVIDENCE = /^(?:[EO][0-9a-z]{6}|run|canary\w+|successCount)$/;

/** A row as the rules see it. */
export interface RateView {
  readonly level: number;
  readonly epoch: number;
  readonly pinned: boolean;
  readonly hasOverride: boolean;
  /** Everything that is evidence of the level, by its name. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly item: Item;
}

/** Reads an item as the rules see it. */
export function rateViewOf(item: Item = {}): RateView {
  const override = item['override'] as { readonly untilMs?: number } | undefined;
  const evidence = Object.entries(item).filter(
    // A run or a streak of none is as good as absent.
    ([name, value]) => EVIDENCE.test(name) && value !== 0,
  );
  return {
    level: numberOf(item, 'currentLevel', 1),
    epoch: numberOf(item, 'epoch', 0),
    pinned: override !== undefined && (override.untilMs ?? Infinity) > NOW_MS,
    hasOverride: override !== undefined,
    evidence: Object.fromEntries(evidence) as Record<string, number>,
    item,
  };
}

/** A number of a row. */
export function numberOf(item: Item, name: string, absent = 0): number {
  const value = item[name];
  return typeof value === 'number' ? value : absent;
}

/** What the evidence of a row calls for at the time of the meeting. */
export function dueOf(view: RateView): 'down' | 'up' | 'next-step' | 'retreat' | null {
  const { level, item, evidence } = view;
  if (level < 3 && fallOf(view) !== null) return 'down';
  const isQuiet = numberOf(item, 'quietUntilMs') > NOW_MS;
  if (level === 1 || isQuiet) return null;
  if (level === 3) return (evidence['successCount'] ?? 0) >= 3 ? 'up' : null;
  const { canaryOk: ok = 0, canaryErrors: errors = 0, canaryRun: run = 0 } = evidence;
  const tried = ok + errors;
  const ageMs = NOW_MS - numberOf(item, 'stepSinceMs');
  const isGood =
    errors * 8 <= tried && (errors <= 1 || errors <= (unusualOf(item) ?? 0.25) * 0.5 * tried);
  if ((errors > 2 && errors * 4 >= tried) || run > 9 || (ageMs >= 60_000 && !isGood)) {
    return 'retreat';
  }
  const isEnough = (ageMs >= 10_000 && tried >= 20) || (ageMs >= 30_000 && tried > 2 && !errors);
  if (!isGood || !isEnough) return null;
  return numberOf(item, 'rampStep') >= 2 ? 'up' : 'next-step';
}

/** The share that is far from ordinary, where the row's policy learns; null where only a quarter is too much. */
function unusualOf(item: Item): number | null {
  const { deviationPercent = 0 } = (item['policy'] ?? {}) as { readonly deviationPercent?: number };
  const learned = numberOf(item, 'learnedRequests');
  if (deviationPercent === 0 || learned < 2_000) return null;
  const share = Math.max(deviationPercent / 100, (3 * numberOf(item, 'learnedErrors')) / learned);
  return share < 0.25 ? share : null;
}

/** The reason for which a row must fall; null for none. */
export function fallOf({ level, item, evidence }: RateView): 'run' | 'rate' | null {
  const okMs = numberOf(item, 'okMs');
  const settledMs = Math.max(
    numberOf(item, 'watchSinceMs') + 250 + 2 * okMs,
    numberOf(item, 'cautionUntilMs') + okMs,
  );
  if (NOW_MS < settledMs) return null;
  const within = (letter: string, slots: number) =>
    Object.entries(evidence).reduce((sum, [name, count]) => {
      const age = NOW_MS / SLOT_MS - Number.parseInt(name.slice(1), 36);
      return name.startsWith(letter) && age >= 0 && age < slots ? sum + count : sum;
    }, 0);
  const of = (slots: number) => {
    const errors = within('E', slots);
    return { errors, all: errors + within('O', slots) };
  };
  const { errors, all } = of(SLOTS);
  if (all < 20) return (evidence['run'] ?? 0) >= 5 ? 'run' : null;
  const share = level === 1 ? 0.25 : 0.5;
  if (errors >= 10 && errors >= share * all) return 'rate';
  const early = Array.from({ length: SLOTS }, (_, index) => of(index + 1));
  const isEarly = early.some(
    (last) =>
      last.errors > 6 &&
      last.errors >= share * last.all + 3 * Math.sqrt(last.all * share * (1 - share)),
  );
  const unusual = level === 1 ? unusualOf(item) : null;
  if (isEarly || unusual === null) return isEarly ? 'rate' : null;
  const learned = numberOf(item, 'learnedRequests');
  const usual = numberOf(item, 'learnedErrors') / learned;
  const isUnusual = early.some((last, index) => {
    const variance = usual * (1 - usual) * last.all * (1 + last.all / learned);
    if (last.errors < usual * last.all + 6 * Math.sqrt(variance)) return false;
    if (index === SLOTS - 1 && last.errors >= 10 && last.errors >= unusual * last.all) return true;
    const likely = unusual * last.all + 3 * Math.sqrt(last.all * unusual * (1 - unusual));
    return last.errors > 6 && last.errors >= likely;
  });
  return isUnusual ? 'rate' : null;
}

/** The share of outcomes that is counted, so that the writes on one row stay near a target at any traffic. */
import { ALWAYS, boundOf } from './draw.ts';
import type { Policy } from './policy.ts';
import type { LevelState, Slot } from './state.ts';
import { slotAt, slotMsOf, slotName } from './window.ts';

/** What is aimed at, of the target: some room for what comes beside. */
const AIM = 0.8;
/** How long a share holds without a counted write that renews it, in milliseconds. */
export const SHARE_MS = 30_000;
/** The marks of a slot at which its rate is looked at: so many requests, and each further one twice as many. */
const FIRST_MARK = 50;
/** Before so many requests only a flood is worth a share: what is counted in full judges sooner. */
const IN_FULL = 150;
/** A flood, in requests a second: more than one row takes. */
const FLOOD = 3_000;
/** How far back an estimate looks at least, in milliseconds: a burst is not a rate, few draws less so. */
const SHORTEST_MS = { flood: 10, all: 50, drawn: 200 } as const;
/** By how much the traffic must be above what the share is for before its slot is over. */
const SURGE = 2;
/** By how much a whole slot must be off, above and below, before the share follows. */
const MORE = 1.25;
const LESS = 0.7;
/** How many times what an outcome was drawn for its share may be when it is counted. */
const MOST_OVER = 4;
/** The largest share: one in so many. At the aim, for a million counted requests a second. */
const MOST = 2 ** 20;

/**
 * So many times the target is aimed at while a watch begins: that is short, and its first verdict rests on
 * what was counted until then. Without it 13 of 20 falls by 30 % were prompt at 10,000 requests a second.
 */
const EARLY = 4;
/** While a watch that begins knows no traffic yet, one in so many is counted. */
const CAUTION = 16;
const CAUTION_BELOW = boundOf(1 / CAUTION);

/** Whether a share is in force at atMs (epoch milliseconds). */
export function isSampled(seen: LevelState, atMs: number): boolean {
  return (seen.sampleUntilMs ?? 0) > atMs;
}

/** How many outcomes one counted outcome stands for, by the row that its request was read with. */
export function weightOf(seen: LevelState, atMs: number): number {
  if (isSampled(seen, atMs)) return seen.sampleOneIn ?? 1;
  return isCautious(seen, atMs) ? CAUTION : 1;
}

/** The bound that a draw must be below for its outcome to be counted. */
export function sampleBoundOf(seen: LevelState, atMs: number): string {
  if (isSampled(seen, atMs)) return seen.sampleBelow ?? ALWAYS;
  return isCautious(seen, atMs) ? CAUTION_BELOW : ALWAYS;
}

/** While a watch begins, and on a read replica whenever one may have begun that it does not know of. */
function isCautious(seen: LevelState, atMs: number): boolean {
  const { cautionUntilMs = 0, cautionFromMs = Infinity } = seen;
  return cautionUntilMs > atMs || cautionFromMs <= atMs;
}

/**
 * The largest share that an outcome may meet on the row. Drawn by less than half of it, it would stand for
 * too much: slow errors, drawn before the share was there, would come among few successes drawn after.
 */
export function mostOneIn(weight: number): number {
  return MOST_OVER * weight;
}

/** What a write that changes the share makes of the row. */
export interface ShareChange {
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove: readonly string[];
}

/**
 * The share that follows from the row that a counted write returned. Only one writer of many finds it
 * due: the one that begins a slot, by all of the slot before, and the one whose weight carries a slot
 * over a mark, where the traffic is far more than the share is for.
 *
 * @param weight What the counted outcome stands for.
 * @returns null where the share stays.
 */
export function nextShare(
  after: LevelState,
  weight: number,
  policy: Policy,
  atMs: number,
): ShareChange | null {
  const current = slotAt(policy, atMs);
  const slot = after.slots.find(({ number }) => number === current);
  if (slot === undefined) return null;
  const total = slot.weight ?? 0;
  const oneIn = weightOf(after, atMs);
  const aim = isEarly(after, policy, atMs) ? EARLY : 1;
  if (total === weight) {
    const wanted = oneInFor(rateBefore(after, current, policy) / aim, policy);
    const isOff = wanted > MORE * oneIn || wanted < LESS * oneIn;
    return isOff ? change(wanted, atMs) : null;
  }
  if (!crosses(total - weight, total)) return null;
  const perSecond = rateSince(slot.firstMs ?? atMs, total, oneIn, atMs);
  if (total < IN_FULL && perSecond < FLOOD) return null;
  const flooded = aim === 1 ? 1 : floodShare(slot, atMs);
  const wanted = Math.max(oneInFor(perSecond / aim, policy), flooded);
  const isSurge = wanted > SURGE * oneIn || (!isSampled(after, atMs) && wanted > 1);
  return isSurge ? change(wanted, atMs) : null;
}

/**
 * The share that a change of level begins with, where the watch that led to it was early: the outcomes of
 * the next level are as many, and nothing has to be judged soon.
 */
export function shareOnMove(state: LevelState, policy: Policy, atMs: number): ShareChange | null {
  if (!isEarly(state, policy, atMs)) return null;
  const current = slotAt(policy, atMs);
  const slot = state.slots.find(({ number }) => number === current);
  const oneIn = weightOf(state, atMs);
  const wanted = oneInFor(rateSince(slot?.firstMs ?? atMs, slot?.weight ?? 0, oneIn, atMs), policy);
  return wanted > oneIn ? change(wanted, atMs) : null;
}

/** A verdict is made from the end of the caution on: until then, and for some more looks at it. */
function isEarly({ cautionUntilMs = 0 }: LevelState, { settleMs }: Policy, atMs: number): boolean {
  return cautionUntilMs + settleMs > atMs;
}

/** Few draws tell little of a flood, but that it is one: as few are counted of it as before they were. */
function floodShare(slot: Slot, atMs: number): number {
  const { weight = 0, firstMs = atMs } = slot;
  return (weight * 1_000) / Math.max(SHORTEST_MS.flood, atMs - firstMs) < FLOOD ? 1 : CAUTION;
}

function rateSince(firstMs: number, total: number, oneIn: number, atMs: number): number {
  const drawn = oneIn > 1 ? SHORTEST_MS.drawn : SHORTEST_MS.all;
  const shortest = oneIn === 1 && total < IN_FULL ? SHORTEST_MS.flood : drawn;
  return (total * 1_000) / Math.max(shortest, atMs - firstMs);
}

/** Requests a second in the slot before, from its first counted one to its end; 0 where there was none. */
function rateBefore(after: LevelState, current: number, policy: Policy): number {
  const before = after.slots.find(({ number }) => number === current - 1);
  if (before?.weight === undefined) return 0;
  const endMs = current * slotMsOf(policy);
  return (before.weight * 1_000) / Math.max(SHORTEST_MS.drawn, endMs - (before.firstMs ?? 0));
}

/** The names of a slot's meter. */
export function meterOf(policy: Policy, atMs: number): { weight: string; first: string } {
  const slot = slotAt(policy, atMs);
  return { weight: slotName('W', slot), first: slotName('F', slot) };
}

function oneInFor(perSecond: number, { writesPerSecond }: Policy): number {
  return Math.min(MOST, Math.max(1, Math.ceil(perSecond / (AIM * writesPerSecond))));
}

function crosses(from: number, to: number): boolean {
  const mark = FIRST_MARK * 2 ** Math.floor(Math.log2(Math.max(1, to / FIRST_MARK)));
  return from < mark && to >= mark;
}

function change(oneIn: number, atMs: number): ShareChange {
  if (oneIn <= 1) return { set: {}, remove: ['sampleOneIn', 'sampleBelow', 'sampleUntilMs'] };
  const set = {
    sampleOneIn: oneIn,
    sampleBelow: boundOf(1 / oneIn),
    sampleUntilMs: atMs + SHARE_MS,
  };
  return { set, remove: [] };
}

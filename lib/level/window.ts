/** The window of a rate: what was counted lately, in slots that are named by their time. */
import type { Policy } from './policy.ts';
import type { LevelState, Slot } from './state.ts';

/** Into how many slots a window is cut. */
export const SLOTS = 10;

/** What was counted over some slots. */
export interface Counted {
  readonly errors: number;
  readonly requests: number;
}

/** The length of a slot in milliseconds. */
export function slotMsOf(policy: Policy): number {
  return policy.windowMs / SLOTS;
}

/** The slot of a time in epoch milliseconds. */
export function slotAt(policy: Policy, atMs: number): number {
  return Math.floor(atMs / slotMsOf(policy));
}

/** The kinds of attributes that a slot has, by their first letter. */
export type SlotLetter = 'E' | 'O' | 'W' | 'F';

/** The name of a slot's attribute: E errors, O successes, W what they stand for, F the first write. */
export function slotName(letter: SlotLetter, slot: number): string {
  return letter + slot.toString(36);
}

/** The slot and kind that a name of an attribute says; null for any other attribute. */
export function readSlotName(name: string): readonly [letter: SlotLetter, slot: number] | null {
  // Names of other attributes begin with a small letter, or have two capitals.
  if (!/^[EOWF][0-9a-z]{1,8}$/.test(name)) return null;
  return [name.charAt(0) as SlotLetter, Number.parseInt(name.slice(1), 36)];
}

/**
 * What was counted in the last slots, the current one included: one entry for each length from the
 * current slot alone to the whole window.
 */
export function trailing(state: LevelState, policy: Policy, atMs: number): readonly Counted[] {
  const current = slotAt(policy, atMs);
  const byAge = new Map(state.slots.map((slot) => [current - slot.number, slot]));
  const sums: Counted[] = [];
  let [errors, requests] = [0, 0];
  for (let age = 0; age < SLOTS; age += 1) {
    const slot = byAge.get(age);
    errors += slot?.errors ?? 0;
    requests += (slot?.errors ?? 0) + (slot?.successes ?? 0);
    sums.push({ errors, requests });
  }
  return sums;
}

/** What was counted in the whole window. */
export function counted(state: LevelState, policy: Policy, atMs: number): Counted {
  return trailing(state, policy, atMs).at(-1) ?? { errors: 0, requests: 0 };
}

/**
 * The names of what a row still holds of slots that nobody looks at any more: a write removes those it
 * knows of. Not a fixed list of the last few, which would leave what fell between two writes for ever.
 */
export function staleNames(state: LevelState, policy: Policy, atMs: number): readonly string[] {
  const current = slotAt(policy, atMs);
  return state.slots.flatMap((slot) => {
    const age = current - slot.number;
    // A slot of the future is of another clock, or of another window's length.
    if (age >= SLOTS || age < -1) return namesOf(slot);
    return age > 1 ? meterNames(slot) : [];
  });
}

/** The names of all that the slots of a row hold. */
export function slotNames(state: LevelState): readonly string[] {
  return state.slots.flatMap(namesOf);
}

/** The names of the evidence in them, without what the share is measured by. */
export function evidenceNames(state: LevelState): readonly string[] {
  return state.slots.flatMap(countNames);
}

function namesOf(slot: Slot): string[] {
  return [...countNames(slot), ...meterNames(slot)];
}

function countNames({ number, errors, successes }: Slot): string[] {
  return [
    ...(errors > 0 ? [slotName('E', number)] : []),
    ...(successes > 0 ? [slotName('O', number)] : []),
  ];
}

function meterNames({ number, weight, firstMs }: Slot): string[] {
  return [
    ...(weight === undefined ? [] : [slotName('W', number)]),
    ...(firstMs === undefined ? [] : [slotName('F', number)]),
  ];
}

/** How far clocks may be apart that write into one row, in slots. */
const SKEW_SLOTS = 2;

/** The same in milliseconds. */
export function skewMsOf(policy: Policy): number {
  return SKEW_SLOTS * slotMsOf(policy);
}

/** The names of evidence that is being counted now, by whichever clock, or late into a slot of the window. */
export function slotNamesAround(policy: Policy, atMs: number): readonly string[] {
  const current = slotAt(policy, atMs);
  const slots = Array.from(
    { length: SLOTS + SKEW_SLOTS },
    (_, index) => current + SKEW_SLOTS - index,
  );
  return slots.flatMap((slot) => [slotName('E', slot), slotName('O', slot)]);
}

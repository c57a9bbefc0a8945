/** The slots of a row: attributes that are named by their kind and their time. */
import { readSlotName } from '../level/window.ts';
import type { Slot } from '../level/state.ts';
import type { Item } from './level-store.ts';
import type { Problem } from './row-optionals.ts';
import { shown } from './shown.ts';

const FIELDS = { E: 'errors', O: 'successes', W: 'weight', F: 'firstMs' } as const;

/** Understands them, in the order of their time. */
export function slotsOf(row: Item, problems: Problem[]): readonly Slot[] {
  const slots = new Map<number, Slot>();
  for (const [name, value] of Object.entries(row)) {
    const read = readSlotName(name);
    if (read === null) continue;
    const [letter, number] = read;
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      problems.push({ name, words: `must be an integer from 0, got ${shown(value)}` });
      continue;
    }
    const slot = slots.get(number) ?? { number, errors: 0, successes: 0 };
    slots.set(number, { ...slot, [FIELDS[letter]]: value });
  }
  return [...slots.values()].toSorted((a, b) => a.number - b.number);
}

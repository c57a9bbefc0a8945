/** How messages show a value that came from outside. */
import { isMap } from '../level/state.ts';

/** The most characters of a value from outside that a message shows. */
const MAX_SHOWN = 40;

/** A text from outside as messages show it: all of it, or its beginning. */
export function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/**
 * A value from outside as messages show it.
 *
 * @param words What it is in words, in place of its JSON.
 */
export function shown(value: unknown, words = wordsOf(value)): string {
  // A number that no double holds is an object of a class, whose text is its digits.
  const isOfClass = value instanceof Object && !Array.isArray(value) && !isMap(value);
  return shortened(isOfClass ? (value as { toString(): string }).toString() : (words ?? 'nothing'));
}

/** JSON has no word for 1e999, which JSON.parse takes for infinite. */
function wordsOf(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

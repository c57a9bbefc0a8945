/** Reads options once: known names, ranges, and what is refused in words that name both. */
import { closest } from 'fastest-levenshtein';
import { BreakerOptionsError } from './errors.ts';
import { monotonicMs } from './host.ts';

/** Options as they came: their names are known, their values not yet looked at. */
export type Input = Readonly<Record<string, unknown>>;

/** The largest count that an option takes. */
export const MOST = 1_000_000_000;

/** @throws BreakerOptionsError for no object, and for an unknown name, with the nearest known one. */
export function fields(value: unknown, what: string, known: readonly string[]): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused(what, 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new BreakerOptionsError(
        `expected ${what} to be of ${known.join(', ')}, got ${key}; did you mean ${closest(key, known)}?`,
      );
    }
  }
  return value as Input;
}

export function readName(input: Input, fallback: string): string {
  const name = input['name'];
  if (name === undefined) return fallback;
  if (typeof name === 'string' && name !== '') return name;
  throw refused('name', 'a string that is not empty', name);
}

/** @param or What else the option may be, for the message. */
export function number(
  input: Input,
  key: string,
  least: number,
  most: number,
  fallback?: number,
  or = '',
): number {
  const value = input[key] === undefined ? fallback : input[key];
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw refused(key, `a number from ${words(least)} to ${words(most)}${or}`, value);
}

export function integer(
  input: Input,
  key: string,
  least: number,
  most: number,
  fallback?: number,
): number {
  const value = input[key] === undefined ? fallback : input[key];
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) {
    return Number(value);
  }
  throw refused(key, `an integer from ${words(least)} to ${words(most)}`, value);
}

export function aboveZero(input: Input, key: string, most: number, fallback: number): number {
  const value = input[key] === undefined ? fallback : input[key];
  if (typeof value === 'number' && value > 0 && value <= most) return value;
  throw refused(key, `a number above 0 and at most ${words(most)}`, value);
}

export function boolean(input: Input, key: string, fallback: boolean): boolean {
  const value = input[key] === undefined ? fallback : input[key];
  if (typeof value === 'boolean') return value;
  throw refused(key, 'true or false', value);
}

/** @returns null where it is absent. */
export function callable(input: Input, key: string): unknown {
  const value = input[key];
  if (value === undefined) return null;
  if (typeof value === 'function') return value;
  throw refused(key, 'a function', value);
}

/**
 * The clock of the process by default. One that throws, or tells no finite number, stands still: a
 * call must not fail, nor a probe keep its permit, because nobody knows the time.
 */
export function readClock(input: Input): () => number {
  const clock = callable(input, 'clock') as (() => unknown) | null;
  if (clock === null) return monotonicMs;
  let lastMs = 0;
  return () => {
    try {
      const nowMs = clock();
      if (Number.isFinite(nowMs)) lastMs = Number(nowMs);
    } catch {
      // The clock's own trouble is not the call's.
    }
    return lastMs;
  };
}

export function refused(key: string, expected: string, got: unknown): BreakerOptionsError {
  const shown = typeof got === 'string' ? `'${got}'` : String(got);
  return new BreakerOptionsError(`expected ${key} to be ${expected}, got ${shown}`);
}

const words = (value: number): string => value.toLocaleString('en');

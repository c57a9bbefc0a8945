/** Reads options by a table of what each may be: unknown names and wrong values are refused in words. */
import { BreakerOptionsError } from './errors.ts';
import { monotonicMs } from './host.ts';
import { nearest } from './nearest.ts';

/** The most characters of a given text that a message shows. */
const MAX_SHOWN = 100;

/** What an option may be. */
export type Kind<Value> = readonly [
  is: (value: unknown) => boolean,
  words: () => string,
  /** What stands for an absent one; undefined: it must be given. */
  absent?: Value | undefined,
];

/** What is read by a table of kinds. */
export type Read<Kinds> = {
  readonly [Name in keyof Kinds]: Kinds[Name] extends Kind<infer Value> ? Value : never;
};

/** The largest count that an option takes. */
export const MOST = 1_000_000_000;

/** The longest time that an option takes, where no timer must keep it. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

const isFrom = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;

/** A number, both ends included. */
export const from = (least: number, most: number, absent?: number): Kind<number> => [
  (value) => isFrom(value, least, most),
  () => `a number from ${inWords(least)} to ${inWords(most)}`,
  absent,
];

export const whole = (least: number, most: number, absent?: number): Kind<number> => [
  (value) => Number.isInteger(value) && isFrom(value, least, most),
  () => `an integer from ${inWords(least)} to ${inWords(most)}`,
  absent,
];

export const aboveZero = (most: number, absent?: number): Kind<number> => [
  (value) => isFrom(value, Number.MIN_VALUE, most),
  () => `a number above 0 and at most ${inWords(most)}`,
  absent,
];

export const nameOf = (absent: string): Kind<string> => [
  (value) => typeof value === 'string' && value !== '',
  () => 'a string that is not empty',
  absent,
];

export const flag = (absent: boolean): Kind<boolean> => [
  (value) => typeof value === 'boolean',
  () => 'true or false',
  absent,
];

export const callable = <Fn>(): Kind<Fn> => [
  (value) => typeof value === 'function',
  () => 'a function',
];

/** The same, or null where there is none. */
export const maybe = <Value>([is, words]: Kind<Value>): Kind<Value | null> => [is, words, null];

/** One of two kinds; the first says what stands for an absent one. */
export const or = <One, Other>(
  [isOne, oneInWords, absent]: Kind<One>,
  [isOther, otherInWords]: Kind<Other>,
): Kind<One | Other> => [
  (value) => isOne(value) || isOther(value),
  () => `${oneInWords()} or ${otherInWords()}`,
  absent,
];

export const no: Kind<false> = [(value) => value === false, () => 'false'];

/** What is looked at elsewhere. */
export const anything: Kind<unknown> = [() => true, () => '', null];

/**
 * @param what The options, in words.
 * @throws BreakerOptionsError for no object, for an unknown name, with the nearest known one, and for
 *   a value of another kind.
 */
export function read<Kinds extends Readonly<Record<string, Kind<unknown>>>>(
  options: unknown,
  what: string,
  kinds: Kinds,
): Read<Kinds> {
  if (!isMap(options)) {
    throw refused(what, 'an object', options);
  }
  const names = Object.keys(kinds);
  for (const name of Object.keys(options)) oneOf(name, what, names);
  const values = names.map((name) => {
    const [is, words, absent] = kinds[name] ?? anything;
    const given = options[name];
    const value = given === undefined ? absent : given;
    if (value === undefined || (!Object.is(value, absent) && !is(value)))
      throw refused(name, words(), value);
    return [name, value];
  });
  return Object.fromEntries(values) as Read<Kinds>;
}

/** @throws BreakerOptionsError for an unknown word, with the nearest known one. */
export function oneOf<Word extends string>(
  word: unknown,
  what: string,
  known: readonly Word[],
): Word {
  if (known.includes(word as Word)) return word as Word;
  const got = shortened(String(word));
  throw new BreakerOptionsError(
    `expected ${what} to be of ${known.join(', ')}, got ${got}; did you mean ${nearest(got, known)}?`,
  );
}

/** The refusal of what should be a function; of a promise it says what to give in its place. */
export function notAFunction(key: string, value: unknown): BreakerOptionsError {
  const hint = value instanceof Promise ? '; give () => it, what makes the promise' : '';
  return refused(key, 'a function', value, hint);
}

export function refused(
  key: string,
  expected: string,
  got: unknown,
  hint = '',
): BreakerOptionsError {
  return new BreakerOptionsError(`expected ${key} to be ${expected}, got ${textOf(got)}${hint}`);
}

/** What was kept in a file may be anything, and a message goes into a log. */
const shortened = (text: string) => text.slice(0, MAX_SHOWN);

/** An object may have no text of its own, or one that throws. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return `'${shortened(value)}'`;
  const inWords: (it: unknown) => string = typeof value === 'object' ? tagOf : String;
  return inWords(value);
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/**
 * The clock of the process where there is none. One that throws, or tells no finite number, stands
 * still: a call must not fail, nor a probe keep its permit, because nobody knows the time.
 */
export function clockOf(clock: (() => unknown) | null): () => number {
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

const inWords = (number: number): string => number.toLocaleString('en');

/** Whether it is an object with fields. */
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

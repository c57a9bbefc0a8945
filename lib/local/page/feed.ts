/** What the live page is fed with: what was answered in each second, kept for a while, and told as it comes. */
import type { Level } from '../../level/level.ts';

/** What kinds of answers there are: by who served, and those that failed. */
export const ANSWER_KINDS = ['full', 'degraded', 'maintenance', 'error', 'other'] as const;

/** One of them; `other` is what a face refused of its client's making. */
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** An answer. */
export interface Served {
  readonly scope: string;
  readonly kind: AnswerKind;
  readonly level: Level;
  readonly statusCode: number;
  readonly ms: number;
  /** The states that the execution went through, in order; none where the engine does not tell. */
  readonly path: readonly string[];
}

/** What was answered in one second in one scope. */
export interface ScopeSecond {
  readonly counts: Readonly<Record<AnswerKind, number>>;
  /** In milliseconds; null where nothing was answered. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly level: Level;
}

/** One second of all scopes that anything is known of. */
export interface Second {
  /** Its end, in epoch milliseconds. */
  readonly atMs: number;
  readonly scopes: Readonly<Record<string, ScopeSecond>>;
}

/** A message with its place in the order of all. */
export interface Numbered {
  readonly number: number;
  readonly second: Second;
}

/** How long seconds are kept: what a page that comes late, or comes back, is told of. */
export const SECONDS_KEPT = 900;

/** Times of one scope in one second; what is beyond is counted, but not measured. */
const MOST_TIMES = 5_000;

interface Counting {
  readonly counts: Record<AnswerKind, number>;
  readonly times: number[];
}

const NONE: ScopeSecond['counts'] = { full: 0, degraded: 0, maintenance: 0, error: 0, other: 0 };

/** Counts answers, and keeps what it counted. */
export class Feed {
  /** The last answer; null before the first. */
  last: Served | null = null;
  #counting = new Map<string, Counting>();
  readonly #levels = new Map<string, Level>();
  readonly #kept: Numbered[] = [];
  #number = 0;

  /** Counts an answer. */
  add(served: Served): void {
    const { scope, kind, ms, level } = served;
    let counting = this.#counting.get(scope);
    if (counting === undefined) {
      counting = { counts: { ...NONE }, times: [] };
      this.#counting.set(scope, counting);
    }
    counting.counts[kind] += 1;
    if (counting.times.length < MOST_TIMES) counting.times.push(ms);
    if (!this.#levels.has(scope)) this.#levels.set(scope, level);
    this.last = served;
  }

  /** Tells the level of a scope, which a canary's answer does not. */
  level(scope: string, level: Level): void {
    this.#levels.set(scope, level);
  }

  /** Ends a second, in epoch milliseconds. */
  endSecond(atMs: number): Numbered {
    const counted = this.#counting;
    this.#counting = new Map();
    const scopes = [...this.#levels].map(([scope, level]): [string, ScopeSecond] => {
      const { counts, times } = counted.get(scope) ?? { counts: NONE, times: [] };
      return [scope, { counts, ...percentilesOf(times), level }];
    });
    this.#number += 1;
    const numbered = { number: this.#number, second: { atMs, scopes: Object.fromEntries(scopes) } };
    this.#kept.push(numbered);
    if (this.#kept.length > SECONDS_KEPT) this.#kept.shift();
    return numbered;
  }

  /** The kept seconds after a number; 0 gives all. */
  since(number: number): readonly Numbered[] {
    return this.#kept.filter((kept) => kept.number > number);
  }
}

function percentilesOf(times: readonly number[]): Pick<ScopeSecond, 'p50' | 'p99'> {
  if (times.length === 0) return { p50: null, p99: null };
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => tenths(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

function tenths(value: number): number {
  return Math.round(10 * value) / 10;
}

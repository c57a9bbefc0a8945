/** A world that is what a trace tells: how much came in each second, how much of it failed, how long it took. */
import type { Course } from './course.ts';
import { TYPICAL, well, type World } from './world.ts';

/** What a trace tells of one request, or of several together. */
export interface TraceRow {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly requests: number;
  readonly errors: number;
  /** How long one of them took, in milliseconds, where the trace knows it. */
  readonly ms?: number;
  /** Over how long they came, in milliseconds: 0 for a single request. */
  readonly overMs: number;
}

/** A trace, second by second. */
export interface Trace {
  readonly world: World;
  readonly durationMs: number;
  readonly requests: number;
  readonly errors: number;
}

const SECOND_MS = 1_000;

/** The longest trace that is played. */
const MAX_TRACE_DAYS = 31;
const MAX_SECONDS = MAX_TRACE_DAYS * 24 * 3_600;

/** A trace that cannot be played; the message says why. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code = 'TRACE_UNUSABLE';
}

/** Gathers the rows of a trace, in any order. */
export class TraceReader {
  readonly #seconds = new Map<number, { requests: number; errors: number }>();
  readonly #times = { ok: { sum: 0, count: 0 }, error: { sum: 0, count: 0 } };

  add({ atMs, requests, errors, ms, overMs }: TraceRow): void {
    const from = Math.floor(atMs / SECOND_MS);
    const seconds = Math.max(1, Math.round(overMs / SECOND_MS));
    for (let second = from; second < from + seconds; second += 1) {
      const counted = this.#seconds.get(second) ?? { requests: 0, errors: 0 };
      counted.requests += requests / seconds;
      counted.errors += errors / seconds;
      this.#seconds.set(second, counted);
    }
    if (this.#seconds.size > MAX_SECONDS) throw tooLong();
    if (ms === undefined) return;
    const times = this.#times[errors > 0 ? 'error' : 'ok'];
    times.sum += ms * requests;
    times.count += requests;
  }

  /**
   * The trace of all rows.
   *
   * @throws TraceError where there is none, or too much time in it.
   */
  trace(): Trace {
    const first = Math.min(...bounds(this.#seconds.keys()));
    const last = Math.max(...bounds(this.#seconds.keys()));
    const seconds = last - first + 1;
    if (this.#seconds.size === 0) throw new TraceError('the trace has no request');
    if (seconds > MAX_SECONDS) throw tooLong();
    const perSecond = new Float64Array(seconds);
    const fails = new Float64Array(seconds);
    let [requests, errors] = [0, 0];
    for (let index = 0; index < seconds; index += 1) {
      const counted = this.#seconds.get(first + index);
      perSecond[index] = counted?.requests ?? 0;
      // Where nothing came, nothing is known: it goes on as it was.
      fails[index] = counted ? counted.errors / counted.requests : (fails[index - 1] ?? 0);
      requests += counted?.requests ?? 0;
      errors += counted?.errors ?? 0;
    }
    const full = { fails: bySecond(fails), okMs: this.#mean('ok'), errorMs: this.#mean('error') };
    const world = { full, degraded: well, safeShare: 1, hasFullProbe: false };
    return {
      world: { ...world, perSecond: bySecond(perSecond) },
      durationMs: seconds * SECOND_MS,
      requests: Math.round(requests),
      errors: Math.round(errors),
    };
  }

  #mean(which: 'ok' | 'error'): number {
    const { sum, count } = this.#times[which];
    return count === 0 ? TYPICAL.okMs : sum / count;
  }
}

function tooLong(): TraceError {
  return new TraceError(`the trace must be at most ${MAX_TRACE_DAYS} days long`);
}

/** The least and the most of any number of numbers. */
function bounds(numbers: Iterable<number>): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) {
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  return [least, most];
}

/** A value for each second; the last one stays. */
function bySecond(values: Float64Array): Course {
  const last = values.length - 1;
  const indexAt = (atMs: number) => Math.min(Math.floor(atMs / SECOND_MS), last);
  const value = (index: number) => values[index] ?? 0;
  return {
    at: (atMs) => value(indexAt(atMs)),
    until(atMs) {
      const index = indexAt(atMs);
      return index === last ? Infinity : (index + 1) * SECOND_MS;
    },
  };
}

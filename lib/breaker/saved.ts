/** What a breaker saves of itself, as JSON: durations instead of instants, and no permits in flight. */
import { enter, windowOf, type BreakerMode, type Engine } from './engine.ts';
import { wallMs } from './host.ts';
import { anything, FOREVER, from, isMap, oneOf, read, refused } from './read-options.ts';
import type { BreakerState, Closed, HalfOpen, Open } from './state.ts';
import { newTotals, type Totals } from './totals.ts';
import { areAlike, canHold, isCount, NOTHING_SEEN } from './window.ts';

/** When it was saved; both are milliseconds, and one of them is enough. */
export interface RestoreOptions {
  /** As a date, or since 1970. One that lies ahead is now. */
  readonly savedAt?: Date | number;
  /** How long ago, from 0. */
  readonly elapsedMs?: number;
}

/** The same as JSON: an instant, which is what ends with AtMs, is null where it never is. */
type Saved<Of> = {
  readonly [Key in Exclude<keyof Of, 'probes' | 'error'>]: Key extends `${string}AtMs`
    ? number | null
    : Of[Key] extends Readonly<Record<string, unknown>>
      ? Saved<Of[Key]>
      : Of[Key];
};

/**
 * What toJSON() answers and restore() takes. What ends with AtMs are milliseconds from the moment of
 * saving: below 0 for what has been, null for what never was or never will be.
 */
export interface SavedBreaker {
  readonly version: 2;
  readonly name: string;
  readonly mode: BreakerMode;
  readonly changedAtMs: number | null;
  readonly totals: Saved<Totals>;
  readonly state: Saved<Closed> | Saved<Open> | Saved<HalfOpen>;
}

const MODES: readonly BreakerMode[] = ['auto', 'disabled', 'metricsOnly'];
const REASONS = ['failures', 'slow', 'manual'] as const;

/** The forms of what is saved: 0 stands for a count, NaN for another number; instants end with AtMs. */
const TRIPPED = { reason: '', trippedAtMs: 0, seen: NOTHING_SEEN, openings: 0 };
const WINDOW = { bucketMs: Number.NaN, tallies: [], at: 0, endsAtMs: 0 };
const STATES = {
  CLOSED: { kind: '', window: WINDOW, requests: 0, failureRun: 0 },
  OPEN: { kind: '', tripped: TRIPPED, endsAtMs: 0 },
  HALF_OPEN: { kind: '', tripped: TRIPPED, seen: NOTHING_SEEN, successes: 0 },
};
const KINDS = Object.keys(STATES) as BreakerState['kind'][];
const formOf = (state: object) => ({ mode: '', changedAtMs: 0, totals: newTotals(), state });

export function save(engine: Engine, atMs: number): SavedBreaker {
  const form = formOf(STATES[engine.state.kind]);
  const { name } = engine.settings;
  const saved = copyOf(engine, form, name, -atMs, null) as unknown as SavedBreaker;
  return { ...saved, version: 2, name };
}

/** @throws BreakerOptionsError for what toJSON() cannot have written. */
export function load(
  engine: Engine,
  saved: SavedBreaker,
  options: RestoreOptions,
  nowMs: number,
): void {
  const form = formOf({ kind: '' });
  const { version, state } = copyOf(saved, { version: 0, ...form }, 'a saved breaker', 0, 0);
  if (version !== 2) throw refused('version', '2', version);
  const kind = oneOf((state as SavedBreaker['state']).kind, 'state', KINDS);
  const savedMs = nowMs - elapsed(options);
  const known = formOf(STATES[kind]);
  const loaded = copyOf(saved, known, 'a saved breaker', savedMs, Number.NaN) as unknown as Engine;
  const { mode, totals, changedAtMs } = loaded;
  oneOf(mode, 'mode', MODES);
  if (kind !== 'CLOSED' && mode !== 'auto') throw refused('mode', `auto in ${kind}`, mode);
  const next = completed(engine, loaded.state);
  engine.mode = mode;
  engine.totals = totals;
  enter(engine, next, 'restored', nowMs);
  engine.changedAtMs = changedAtMs;
}

function completed({ settings }: Engine, state: BreakerState): BreakerState {
  if (state.kind === 'CLOSED') {
    const fresh = windowOf(settings);
    if (!areAlike(state.window, fresh)) return { ...state, window: fresh };
    if (canHold(state.window)) return state;
    throw refused('window', 'one that calls can fill', JSON.stringify(state.window));
  }
  oneOf(state.tripped.reason, 'reason', REASONS);
  if (state.kind === 'OPEN') return state;
  const { successes, seen } = state;
  if (successes > seen.requests) throw refused('successes', `at most ${seen.requests}`, successes);
  return { ...state, probes: new Set() };
}

/**
 * A copy of what the form names, and so without permits and errors, which belong to this process.
 * Field by field: a file or a table may have kept it, and a later version may have written it.
 *
 * @param byMs What every instant is moved by.
 * @param never What stands for an instant that never is.
 */
function copyOf<Form extends object>(
  value: unknown,
  form: Form,
  what: string,
  byMs: number,
  never: number | null,
): Form {
  if (!isMap(value)) throw refused(what, 'an object', value);
  const copy: Record<string, unknown> = {};
  for (const [key, like] of Object.entries(form) as [string, unknown][]) {
    const its = value[key];
    if (isMap(like)) copy[key] = copyOf(its, like, key, byMs, never);
    else if (key.endsWith('AtMs')) {
      const isNever = its === null || Number.isNaN(its);
      if (!isNever && !Number.isFinite(its)) throw refused(key, 'milliseconds or null', its);
      copy[key] = isNever ? never : Number(its) + byMs;
    } else {
      const isLike = like === 0 ? isCount(its) : typeof its === typeof like;
      if (!isLike || Array.isArray(like) !== Array.isArray(its)) {
        throw refused(key, like === 0 ? 'an integer from 0' : 'as toJSON() has it', its);
      }
      copy[key] = Array.isArray(its) ? [...(its as unknown[])] : its;
    }
  }
  return copy as Form;
}

function elapsed(options: RestoreOptions): number {
  const { savedAt, elapsedMs } = read(options, 'the options of restore', {
    savedAt: anything,
    elapsedMs: from(0, FOREVER, 0),
  });
  if (savedAt === null) return elapsedMs;
  const agoMs = wallMs() - Number(savedAt);
  if (Number.isNaN(agoMs)) throw refused('savedAt', 'a date, or milliseconds since 1970', savedAt);
  return Math.max(0, agoMs);
}

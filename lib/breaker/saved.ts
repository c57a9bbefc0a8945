/** What a breaker saves of itself, as JSON: durations instead of instants, and no permits in flight. */
import type { BreakerMode, Engine } from './engine.ts';
import { BreakerOptionsError } from './errors.ts';
import { closed, halfOpen, open, type BreakerState, type CircuitState } from './state.ts';
import { Totals } from './totals.ts';
import { canHold, type SavedWindow } from './window.ts';

/** The counted totals; times as milliseconds ago, null where there was none. */
export interface SavedTotals {
  readonly failures: number;
  readonly successes: number;
  readonly rejected: number;
  readonly timeouts: number;
  readonly fallbacks: number;
  readonly failureRun: number;
  readonly successRun: number;
  readonly lastFailureAgoMs: number | null;
  readonly lastSuccessAgoMs: number | null;
}

interface SavedBase {
  readonly version: 1;
  readonly name: string;
  readonly mode: BreakerMode;
  readonly changedAgoMs: number | null;
  readonly totals: SavedTotals;
}

/** What toJSON() answers and restore() takes. */
export type SavedBreaker = SavedBase &
  (
    | {
        readonly state: 'CLOSED';
        readonly requests: number;
        readonly failureRun: number;
        readonly window: SavedWindow;
      }
    | {
        readonly state: 'OPEN';
        readonly openings: number;
        /** The time left, in milliseconds; null: held until close() or reset(). */
        readonly openForMs: number | null;
      }
    | { readonly state: 'HALF_OPEN'; readonly openings: number; readonly successes: number }
  );

export function save(engine: Engine, atMs: number): SavedBreaker {
  const { failures, successes, rejected, timeouts, fallbacks, failureRun, successRun } =
    engine.totals;
  const base: SavedBase = {
    version: 1,
    name: engine.settings.name,
    mode: engine.mode,
    changedAgoMs: ago(engine.changedMs, atMs),
    totals: {
      failures,
      successes,
      rejected,
      timeouts,
      fallbacks,
      failureRun,
      successRun,
      lastFailureAgoMs: ago(engine.totals.lastFailureMs, atMs),
      lastSuccessAgoMs: ago(engine.totals.lastSuccessMs, atMs),
    },
  };
  const { state } = engine;
  switch (state.kind) {
    case 'CLOSED': {
      const { requests, failureRun: run } = state;
      const window = state.window.save(atMs);
      return { ...base, state: state.kind, requests, failureRun: run, window };
    }
    case 'OPEN': {
      const openForMs = state.untilMs === Infinity ? null : state.untilMs - atMs;
      return { ...base, state: state.kind, openings: state.openings, openForMs };
    }
    case 'HALF_OPEN': {
      const { openings, successes: probes } = state;
      return { ...base, state: state.kind, openings, successes: probes };
    }
  }
}

/** @throws BreakerOptionsError for what toJSON() cannot have written. */
export function load(engine: Engine, input: unknown, atMs: number): void {
  const saved = check(input);
  engine.mode = saved.mode;
  engine.totals = loadTotals(saved.totals, atMs);
  engine.enter(loadState(engine, saved, atMs), 'restored', atMs);
  engine.changedMs = instant(saved.changedAgoMs, atMs);
}

function loadState(engine: Engine, saved: SavedBreaker, atMs: number): BreakerState {
  switch (saved.state) {
    case 'CLOSED': {
      const state = closed(engine.newWindow());
      state.requests = saved.requests;
      state.failureRun = saved.failureRun;
      state.window.load(saved.window, atMs);
      return state;
    }
    case 'OPEN':
      return open(saved.openings, saved.openForMs === null ? Infinity : atMs + saved.openForMs);
    case 'HALF_OPEN':
      return halfOpen(saved.openings, saved.successes);
  }
}

function loadTotals(saved: SavedTotals, atMs: number): Totals {
  const totals = new Totals();
  // By name: what else the saved object holds must not stand in for a method.
  for (const key of COUNTS) totals[key] = saved[key];
  totals.lastFailureMs = instant(saved.lastFailureAgoMs, atMs);
  totals.lastSuccessMs = instant(saved.lastSuccessAgoMs, atMs);
  return totals;
}

function ago(instantMs: number, atMs: number): number | null {
  return Number.isNaN(instantMs) ? null : atMs - instantMs;
}

function instant(agoMs: number | null, atMs: number): number {
  return agoMs === null ? Number.NaN : atMs - agoMs;
}

type Input = Readonly<Record<string, unknown>>;

const MODES: readonly BreakerMode[] = ['auto', 'disabled', 'metricsOnly'];
const COUNTS = [
  'failures',
  'successes',
  'rejected',
  'timeouts',
  'fallbacks',
  'failureRun',
  'successRun',
] as const;

const STATE_COUNTS: Readonly<Record<CircuitState, readonly string[]>> = {
  CLOSED: ['requests', 'failureRun'],
  OPEN: ['openings'],
  HALF_OPEN: ['openings', 'successes'],
};

/** Field by field: a file or a table may have kept it, and a later version may have written it. */
function check(input: unknown): SavedBreaker {
  const saved = map(input, 'a saved breaker');
  if (saved['version'] !== 1) throw malformed('version', '1', saved['version']);
  const state = Object.keys(STATE_COUNTS).find((name) => name === saved['state']);
  if (state === undefined) throw malformed('state', 'a state', saved['state']);
  if (!MODES.some((mode) => mode === saved['mode'])) {
    throw malformed('mode', `one of ${MODES.join(', ')}`, saved['mode']);
  }
  if (state !== 'CLOSED' && saved['mode'] !== 'auto') {
    throw malformed('mode', `auto in ${state}`, saved['mode']);
  }
  const totals = map(saved['totals'], 'totals');
  for (const key of COUNTS) count(totals, key);
  for (const key of ['lastFailureAgoMs', 'lastSuccessAgoMs']) duration(totals, key);
  duration(saved, 'changedAgoMs');
  for (const key of STATE_COUNTS[state as CircuitState]) count(saved, key);
  if (state === 'OPEN') duration(saved, 'openForMs');
  if (state === 'CLOSED') {
    const window = map(saved['window'], 'window');
    const { shape, values } = window;
    if (
      typeof shape !== 'string' ||
      !Array.isArray(values) ||
      !values.every(isCount) ||
      !canHold(shape, values)
    ) {
      throw malformed('window', 'a shape and its counts', JSON.stringify(window));
    }
  }
  return saved as unknown as SavedBreaker;
}

function map(value: unknown, what: string): Input {
  if (typeof value === 'object' && value !== null) return value as Input;
  throw malformed(what, 'an object', value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function count(input: Input, key: string): void {
  if (!isCount(input[key])) throw malformed(key, 'an integer from 0', input[key]);
}

/** A clock may have gone back a little, so an instant may lie a little ahead. */
function duration(input: Input, key: string): void {
  const value = input[key];
  if (value !== null && !Number.isFinite(value)) {
    throw malformed(key, 'milliseconds or null', value);
  }
}

function malformed(key: string, expected: string, got: unknown): BreakerOptionsError {
  return new BreakerOptionsError(`expected ${key} to be ${expected}, got ${String(got)}`);
}

/** What toJSON() cannot have written, by the words in which it is refused; and what a restore makes of what it can. */
import { describe, expect, test, vi } from 'vitest';
import type { SavedBreaker } from '../../lib/breaker/index.ts';
import { given, run } from './given.ts';
import { HALF_OPEN as BEGUN, OPEN, TRIPPED, TWO } from './saved-states.ts';

const HALF_OPEN = { ...BEGUN, successes: 1 };

const SAVED = given(TWO).breaker.toJSON();
const { state: CLOSED, totals: TOTALS } = SAVED;
const window = (more: object) => {
  const { window: its } = CLOSED as { window: object };
  return { state: { ...CLOSED, window: { ...its, ...more } } };
};

const restored = (more: object, options?: object) =>
  given(TWO).breaker.restore({ ...SAVED, ...more }, options);

describe('what was never saved is refused', () => {
  test.each<[object, string]>([
    [{ version: 1 }, 'expected version to be 2, got 1'],
    [{ version: '2' }, 'expected version to be an integer from 0'],
    [{ mode: 7 }, 'expected mode to be as toJSON() has it, got 7'],
    [{ mode: 'of' }, 'expected mode to be of auto, disabled, metricsOnly, got of'],
    [{ mode: 'disabled', state: OPEN }, "expected mode to be auto in OPEN, got 'disabled'"],
    [{ changedAtMs: 'now' }, "expected changedAtMs to be milliseconds or null, got 'now'"],
    [{ changedAtMs: Infinity }, 'expected changedAtMs to be milliseconds or null, got Infinity'],
    [{ changedAtMs: undefined }, 'expected changedAtMs to be milliseconds or null, got undefined'],
    [{ totals: null }, 'expected totals to be an object, got [object Null]'],
    [{ totals: { ...TOTALS, failures: -1 } }, 'expected failures to be an integer from 0, got -1'],
    [{ totals: { ...TOTALS, lastFailureAtMs: '' } }, 'lastFailureAtMs to be milliseconds or null'],
    [{ state: 'OPEN' }, "expected state to be an object, got 'OPEN'"],
    [{ state: { kind: 'open' } }, 'expected state to be of CLOSED, OPEN, HALF_OPEN, got open'],
    [{ state: { ...CLOSED, requests: '1' } }, 'expected requests to be an integer from 0'],
    [window({ bucketMs: '1' }), 'expected bucketMs to be as toJSON() has it'],
    [window({ tallies: {} }), 'expected tallies to be as toJSON() has it'],
    [window({ tallies: null }), 'expected tallies to be as toJSON() has it'],
    [window({ at: 1 }), 'expected window to be one that calls can fill, got \'{"bucketMs":1000,'],
    [{ state: { ...OPEN, endsAtMs: true } }, 'expected endsAtMs to be milliseconds or null'],
    [
      { state: { ...OPEN, tripped: { ...TRIPPED, reason: 'no' } } },
      'expected reason to be of failures, slow, manual, got no',
    ],
    [
      { state: { ...HALF_OPEN, tripped: { ...TRIPPED, reason: 'no' } } },
      'expected reason to be of failures, slow, manual, got no',
    ],
    [{ state: { ...HALF_OPEN, successes: 3 } }, 'expected successes to be at most 2, got 3'],
    [{ state: { ...HALF_OPEN, seen: [] } }, 'expected seen to be an object'],
  ])('%j: %s', (more, words) => {
    expect(() => restored(more)).toThrow(words);
  });

  test.each([null, 'saved', []])('%j is no saved breaker', (saved) => {
    const restore = () => given().breaker.restore(saved as unknown as SavedBreaker);
    expect(restore).toThrow('expected a saved breaker to be an object');
  });

  test('a time that is none', () => {
    expect(() => restored({}, { elapsed: 1 })).toThrow('the options of restore to be of savedAt');
    expect(() => restored({}, { elapsedMs: -1 })).toThrow('elapsedMs to be a number from 0');
    expect(() => restored({}, { savedAt: 'x' })).toThrow(
      "expected savedAt to be a date, or milliseconds since 1970, got 'x'",
    );
  });
});

describe('what was saved is taken over', () => {
  test.each([
    ['CLOSED', CLOSED],
    ['OPEN', OPEN],
    ['HALF_OPEN', HALF_OPEN],
    ['OPEN', { ...OPEN, tripped: { ...TRIPPED, reason: 'slow' } }],
    ['OPEN', { ...OPEN, endsAtMs: null, tripped: { ...TRIPPED, reason: 'manual' } }],
    ['HALF_OPEN', { ...HALF_OPEN, successes: 2 }],
  ])('in %s', (kind, state) => {
    const totals = { ...TOTALS, failures: 3, lastFailureAtMs: -7 };
    const breaker = restored({ state, totals, changedAtMs: -9 });
    expect(breaker.toJSON()).toEqual({ ...SAVED, state, totals, changedAtMs: -9 });
    expect(breaker.getStats().state).toBe(kind);
  });

  test('by a later clock, with all that has passed', () => {
    const { breaker, clock } = given(TWO);
    clock.advance(1_000);
    breaker.restore({ ...SAVED, state: OPEN, changedAtMs: -9 } as SavedBreaker, { elapsedMs: 2 });
    expect(breaker.toJSON()).toMatchObject({
      changedAtMs: -11,
      state: { endsAtMs: 3, tripped: { trippedAtMs: -7 } },
    });
  });

  test('with the permits of nobody', async () => {
    const seen = { requests: 0, failures: 0, slow: 0 };
    const breaker = restored({ state: { ...HALF_OPEN, seen, successes: 0 } });
    expect(breaker.getStats().probes).toMatchObject({ inFlight: 0, successes: 0 });
    expect(await run(breaker, '+')).toBe('+');
    expect(breaker.getStats().state).toBe('CLOSED');
  });

  test('in every mode of CLOSED, and is told as a restore', () => {
    for (const mode of ['auto', 'disabled', 'metricsOnly']) {
      expect(restored({ mode }).getStats().mode).toBe(mode);
    }
    const { breaker } = given(TWO);
    const heard = vi.fn<(change: unknown) => void>();
    breaker.on('stateChange', heard);
    breaker.restore({ ...SAVED, state: OPEN } as SavedBreaker);
    const change = { name: 'test', from: 'CLOSED', to: 'OPEN', reason: 'restored' };
    expect(heard).toHaveBeenCalledExactlyOnceWith(change);
  });

  test('but for a window of another shape, which begins anew', () => {
    const shape = window({ bucketMs: 7, tallies: [1, 2, 0] });
    const state = { ...shape.state, requests: 3, failureRun: 1 };
    const breaker = restored({ state });
    expect(breaker.getStats().window.requests).toBe(0);
    expect(breaker.toJSON().state).toMatchObject({ requests: 3, failureRun: 1 });
  });
});

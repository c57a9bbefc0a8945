/** The way to the next step, in words: a table of statuses. */
import { expect, test } from 'vitest';
import { adaptive, classic, production, type Policy } from '../../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../../lib/level/state.ts';
import { slotAt } from '../../../lib/level/window.ts';
import { waysOf, whenOf } from '../../../lib/local/page/browser/words.ts';
import { describeStatus } from '../../../lib/store/status.ts';

const AT_MS = Date.parse('2026-01-31T12:00:00Z');

function words(policy: Policy, state: Partial<LevelState>) {
  const status = describeStatus('default', {
    state: { ...INITIAL_STATE, ...state },
    history: [],
    preset: 'classic',
    deployed: policy,
    policy,
    atMs: AT_MS,
  });
  return waysOf(status, AT_MS).map(({ kind, text }) => `${kind}: ${text}`);
}

const slots = [{ number: slotAt(production, AT_MS), errors: 6, successes: 24 }];
const watching = { watchUntilMs: AT_MS + 5_000, slots, run: 1 };

test.each<[string, Policy, Partial<LevelState>, readonly RegExp[]]>([
  ['classic, well', classic, {}, [/^down: 0 of 5 errors: at 5 it steps down to level 2$/]],
  [
    'classic, with errors',
    classic,
    { errorCount: 3, successCount: 4 },
    [/^down: 3 of 5/, /^up: 4 of 10 good answers in a row: then the errors are forgotten$/],
  ],
  [
    'classic, degraded',
    classic,
    { currentLevel: 2, errorCount: 5, successCount: 7 },
    [
      /^down: 5 of 10 errors: at 10 it steps down to level 3$/,
      /^up: 7 of 10 .* climbs to level 1$/,
    ],
  ],
  [
    'classic, maintenance',
    classic,
    { currentLevel: 3, successCount: 2 },
    [/^up: 2 of 10 good probes .*; each request is also a probe$/],
  ],
  ['it learns, and has not yet', adaptive, {}, [/not seen enough to say what is ordinary here$/]],
  [
    'it has learned',
    adaptive,
    { ...watching, learnedErrors: 30, learnedRequests: 10_000 },
    [/from 5 % with .*; 0\.3 % are ordinary here$/],
  ],
  ['a rate, well', production, {}, [/nothing is counted, nothing is written$/]],
  [
    'a rate, with errors',
    production,
    watching,
    [
      /^down: 6 of 30 in 10 s failed \(20 %\): from 25 % with 20 requests and 10 errors, or 1 of 5 in a row/,
    ],
  ],
  [
    'a rate, in the dwell',
    production,
    { currentLevel: 2, quietUntilMs: AT_MS + 12_000, dwellMs: 30_000 },
    [/^down/, /^up: no climbing for 12 s more: it dwells 30 s after a fall$/],
  ],
  [
    'a rate, on the ramp',
    production,
    { currentLevel: 2, quietUntilMs: AT_MS - 1, rampStep: 1, canaryOk: 4, canaryErrors: 1 },
    [
      /^down/,
      /^up: ramp step 2 of 3: 25 % of the requests try the full face; 4 well and 1 failed of 20/,
    ],
  ],
  [
    'a rate, in maintenance',
    production,
    { currentLevel: 3, successCount: 1, nextProbeAtMs: AT_MS + 3_100 },
    [/^up: 1 of 3 good probes .*; the next probe in 4 s$/],
  ],
  [
    'pinned',
    classic,
    { currentLevel: 2, override: { reason: 'a release', untilMs: AT_MS + 600_000 } },
    [/^pin: pinned for 10 min: a release\. Nothing counts meanwhile\.$/],
  ],
  [
    'pinned without an end',
    classic,
    { override: { reason: 'x' } },
    [/^pin: pinned until it is released: x/],
  ],
])('%s', (_name, policy, state, expected) => {
  const said = words(policy, state);
  expect(said).toHaveLength(expected.length);
  for (const [index, words0] of expected.entries()) expect(said[index]).toMatch(words0);
});

test('a change of another day is told with its day', () => {
  const noon = new Date(2026, 0, 31, 12).getTime();
  const at = (day: number) => new Date(2026, 0, day, 11, 5).toISOString();
  expect(whenOf(at(31), noon)).toBe('11:05:00');
  expect(whenOf(at(30), noon)).toBe('30 Jan 2026, 11:05:00');
});

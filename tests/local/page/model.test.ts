/** What the page makes of seconds that nobody looked at: their level, by the changes. */
import { expect, test } from 'vitest';
import { classic } from '../../../lib/level/policy.ts';
import { INITIAL_STATE, type Change } from '../../../lib/level/state.ts';
import type { About } from '../../../lib/local/page/about.ts';
import { Model } from '../../../lib/local/page/browser/model.ts';
import type { Second } from '../../../lib/local/page/feed.ts';
import { describeStatus } from '../../../lib/store/status.ts';

const AT_MS = Date.parse('2026-01-31T12:00:00Z');
const counts = { full: 0, degraded: 0, maintenance: 0, error: 0, other: 0 };

/** Seconds as the feed tells them, whose level is that of when somebody last looked. */
function given(history: readonly Change[], told: 1 | 2 | 3 | null) {
  const model = new Model({ scopes: ['default'], nowMs: AT_MS } as unknown as About);
  const scopes: Second['scopes'] =
    told === null ? {} : { default: { counts, p50: null, p99: null, level: told } };
  model.addSeconds(
    [0, 1, 2, 3, 4].map((second) => ({ atMs: AT_MS + 1_000 * second, scopes })),
    true,
  );
  const epoch = history.at(-1)?.epoch ?? 0;
  const state = { ...INITIAL_STATE, epoch };
  const about = { preset: 'classic', deployed: classic, policy: classic, atMs: AT_MS } as const;
  model.setStatuses({ default: describeStatus('default', { state, history, ...about }) });
  return model.levels;
}

const change = (epoch: number, from: 1 | 2 | 3, to: 1 | 2 | 3, afterMs: number): Change => ({
  epoch,
  from,
  to,
  reason: 'errors',
  at: new Date(AT_MS + afterMs).toISOString(),
});

test.each<[string, readonly Change[], 1 | 2 | 3 | null, readonly (number | null)[]]>([
  ['of a scope that never changed, as it was told', [], 1, [1, 1, 1, 1, 1]],
  ['of one of which nothing is known, none', [], null, [null, null, null, null, null]],
  [
    'by its changes, whatever was told',
    [change(1, 1, 2, 500), change(2, 2, 3, 1_500), change(3, 3, 2, 3_000)],
    2,
    [1, 2, 3, 2, 2],
  ],
  [
    'before the first that is known, where that came from',
    [change(9, 3, 2, 2_500)],
    1,
    [3, 3, 3, 2, 2],
  ],
  ['long after a change, where that went', [change(4, 2, 1, -90_000)], 3, [1, 1, 1, 1, 1]],
])('the level of each second is %s', (_which, history, told, levels) => {
  expect(given(history, told)).toEqual(levels);
});

/** What the live page is fed with: the seconds, those who look, and what they missed. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Broadcaster, MOST_VIEWERS } from '../../../lib/local/page/broadcaster.ts';
import { EventStream } from '../../../lib/local/page/event-stream.ts';
import { Feed, SECONDS_KEPT, type Served } from '../../../lib/local/page/feed.ts';

const served = (more: Partial<Served> = {}): Served => ({
  scope: 'default',
  kind: 'full',
  level: 1,
  statusCode: 200,
  ms: 10,
  path: [],
  ...more,
});

describe('a feed', () => {
  test('counts each answer once, in its second and its scope', () => {
    const feed = new Feed();
    for (let ms = 1; ms <= 100; ms += 1) feed.add(served({ ms }));
    feed.add(served({ kind: 'error', statusCode: 500, scope: 'account' }));
    const { second } = feed.endSecond(1_000);
    expect(second.scopes['default']).toMatchObject({
      counts: { full: 100, error: 0 },
      p50: 50,
      p99: 99,
    });
    expect(second.scopes['account']).toMatchObject({ counts: { full: 0, error: 1 } });
    expect(feed.endSecond(2_000).second.scopes['default']).toEqual({
      counts: { full: 0, degraded: 0, maintenance: 0, error: 0, other: 0 },
      p50: null,
      p99: null,
      level: 1,
    });
  });

  test('knows the level of the row, whoever served', () => {
    const feed = new Feed();
    feed.add(served({ level: 2 }));
    feed.level('default', 2);
    feed.add(served({ level: 1 }));
    expect(feed.endSecond(1_000).second.scopes['default']?.level).toBe(2);
  });

  test('keeps a quarter of an hour, and gives what came after a number', () => {
    const feed = new Feed();
    for (let second = 1; second <= SECONDS_KEPT + 10; second += 1) feed.endSecond(second * 1_000);
    const kept = feed.since(0);
    expect(kept).toHaveLength(SECONDS_KEPT);
    expect(kept[0]?.number).toBe(11);
    expect(feed.since(SECONDS_KEPT + 8).map(({ number }) => number)).toEqual([
      SECONDS_KEPT + 9,
      SECONDS_KEPT + 10,
    ]);
  });
});

/** Everything that a stream was sent so far. */
function textOf(stream: EventStream | null): string {
  return String(stream?.body.read() ?? '');
}

function given(readStatus: () => Promise<string | null>) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const feed = new Feed();
  const elapsed = { ms: 0 };
  const clock = { nowMs: () => 1_000, monotonicMs: () => elapsed.ms };
  const parts = { feed, clock, readStatus, statusEveryMs: 1_000, readsAfterRequests: true };
  const broadcaster = new Broadcaster(parts);
  onTestFinished(() => broadcaster.close());
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      elapsed.ms += Math.min(100, left);
      await vi.advanceTimersByTimeAsync(Math.min(100, left));
    }
  };
  return { feed, broadcaster, pass };
}

const LEVEL_2 = JSON.stringify({ scopes: { default: { currentLevel: 2 } } });

describe('a broadcaster', () => {
  test('reads nothing while nobody looks', async () => {
    let reads = 0;
    const { broadcaster, pass } = given(async () => {
      reads += 1;
      return LEVEL_2;
    });
    broadcaster.touch();
    await pass(5_000);
    expect(reads).toBe(0);
    broadcaster.join(undefined, true);
    await pass(3_000);
    expect(reads).toBe(4);
  });

  test('tells who comes back what was missed, and who comes from another process all', async () => {
    const { broadcaster, feed, pass } = given(async () => LEVEL_2);
    feed.add(served());
    await pass(3_000);
    const back = textOf(broadcaster.join(`${broadcaster.boot}.2`, true));
    expect(back).toContain('"resumed":true');
    expect(back).toContain(`id: ${broadcaster.boot}.3\nevent: seconds\ndata: [{`);
    expect(back.match(/"atMs"/g)).toHaveLength(1);
    const other = textOf(broadcaster.join('another.2', true));
    expect(other).toContain('"resumed":false');
    expect(other.match(/"atMs"/g)).toHaveLength(3);
  });

  test('tells the rows where they are others, and the last answer', async () => {
    let status = LEVEL_2;
    const { broadcaster, feed, pass } = given(async () => status);
    const stream = broadcaster.join(undefined, true);
    await pass(1);
    expect(textOf(stream)).toContain(`event: status\ndata: ${LEVEL_2}`);
    await pass(2_000);
    expect(textOf(stream)).not.toContain('event: status');
    status = LEVEL_2.replace('2}', '3}');
    feed.add(served({ statusCode: 503 }));
    broadcaster.touch();
    await pass(200);
    const told = textOf(stream);
    expect(told).toContain(
      'event: served\ndata: {"scope":"default","kind":"full","level":1,"statusCode":503',
    );
    expect(told).toContain(status);
  });

  test('says that the rows cannot be read', async () => {
    const { broadcaster, pass } = given(async () => Promise.reject(new Error('no table')));
    const stream = broadcaster.join(undefined, true);
    await pass(1);
    expect(textOf(stream)).toContain('event: unread');
  });

  test('lets so many look and no more, and counts who left', async () => {
    const { broadcaster, pass } = given(async () => null);
    const all = Array.from({ length: MOST_VIEWERS }, () => broadcaster.join(undefined, true));
    expect(all).not.toContain(null);
    expect(broadcaster.join(undefined, true)).toBeNull();
    all[0]?.body.destroy();
    await pass(1);
    expect(broadcaster.join(undefined, true)).not.toBeNull();
  });
});

test('a stream that nobody reads ends', () => {
  const stream = new EventStream();
  for (let sent = 0; sent < 20; sent += 1) stream.send('status', 'x'.repeat(100_000));
  expect(stream.body.writableEnded).toBe(true);
});

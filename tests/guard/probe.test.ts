/** The probes of a guard in maintenance: when one is made, who makes it, and what is told of it. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { GuardOptions } from '../../lib/guard/options.ts';
import { NEVER } from '../../lib/level/draw.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { START_MS } from './given.ts';
import { AWAY, eventsOf, given } from './given-guard.ts';

describe('a probe', () => {
  const EACH = { currentLevel: 3, epoch: 2 };
  const DUE = { ...EACH, nextProbeAtMs: START_MS - 1, probeIntervalMs: 5_000 };

  test.each<[string, () => unknown, number | undefined, object]>([
    ['that returns', () => {}, 1, { successCount: 1 }],
    ['that says success', () => 'success', 1, { successCount: 1 }],
    ['that says an error', () => 'error', 0, { successCount: 0 }],
    [
      'that throws',
      () => {
        throw new Error('down');
      },
      0,
      { successCount: 0 },
    ],
    ['that rejects', async () => Promise.reject(new Error('down')), 0, { successCount: 0 }],
  ])('%s is told', async (_what, probe, value, row) => {
    const { guard, begin, telemetry, item } = given(EACH);
    await guard.probe(await begin(), probe);
    expect(telemetry.events.get('ProbeResult')).toBe(value);
    expect(await item()).toMatchObject(row);
  });

  test('that shows nothing is not', async () => {
    const { guard, begin, store, telemetry } = given(EACH);
    await guard.probe(await begin(), () => 'none');
    expect(store.writes).toBe(0);
    expect(eventsOf(telemetry)).toEqual({});
  });

  test('has a second', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { guard, begin, telemetry } = given(EACH);
    let aborted: AbortSignal | null = null;
    const probed = guard.probe(await begin(), ({ signal }) => {
      aborted = signal;
      return new Promise(() => {});
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(aborted).toMatchObject({ aborted: false });
    await vi.advanceTimersByTimeAsync(1);
    await probed;
    expect(aborted).toMatchObject({ aborted: true });
    expect(telemetry.events.get('ProbeResult')).toBe(0);
  });

  test.each<[string, Item | null, GuardOptions]>([
    ['at level 1', {}, {}],
    ['while pinned', { ...EACH, override: { reason: 'drill' } }, {}],
    ['where alarms move the level', EACH, { signals: 'alarms' }],
    ['before its time', { ...DUE, nextProbeAtMs: START_MS + 1 }, { policy: 'production' }],
    ['whose share is none', { ...DUE, sampleUntilMs: START_MS + 9, sampleBelow: NEVER }, {}],
  ])('is not made %s', async (_what, row, options) => {
    const { guard, begin } = given(row, options);
    const probe = vi.fn<() => void>();
    await guard.probe(await begin(), probe);
    expect(probe).not.toHaveBeenCalled();
  });

  test('is not made where the row is not known', async () => {
    const { guard, begin, store } = given(EACH, { failOpenLevel: 3 });
    store.fails = { read: AWAY };
    const probe = vi.fn<() => void>();
    await guard.probe(await begin(), probe);
    expect(probe).not.toHaveBeenCalled();
  });

  test('is claimed first, once for each copy, and the claim is the copy then', async () => {
    const { guard, begin, item, store, clock } = given(DUE, { policy: 'production' });
    const [first, second] = [await begin(), await begin()];
    let nextProbeAtMs: unknown;
    const probe = vi.fn<() => Promise<void>>(async () => {
      ({ nextProbeAtMs } = await item());
    });
    await Promise.all([guard.probe(first, probe), guard.probe(second, probe)]);
    expect(probe).toHaveBeenCalledOnce();
    expect(nextProbeAtMs).toBe(START_MS + 5_000);
    expect(store.writes).toBe(2);
    expect(store.reads).toBe(1);
    clock.on(100);
    expect((await begin()).plan.probe).toBe('none');
  });

  test('that shows nothing leaves its claim, which is the copy then', async () => {
    const { guard, begin, store } = given(DUE, { policy: 'production' });
    await guard.probe(await begin(), () => 'none');
    expect((await begin()).plan.probe).toBe('none');
    expect(store.reads).toBe(1);
  });

  test("is claimed for the policy's interval where the row knows none", async () => {
    const { probeIntervalMs: _interval, ...row } = DUE;
    const { guard, begin, item } = given(row, { policy: 'production' });
    let claimed: Item = {};
    await guard.probe(await begin(), async () => {
      claimed = await item();
    });
    expect(claimed['nextProbeAtMs']).toBe(START_MS + 5_000);
  });

  test('is not made where another environment has won it', async () => {
    const { guard, begin, store } = given(DUE, { policy: 'production' });
    const ticket = await begin();
    store.inner.put('SYSTEM_STATE', { ...DUE, nextProbeAtMs: START_MS + 4_000 });
    const probe = vi.fn<() => void>();
    await guard.probe(ticket, probe);
    expect(probe).not.toHaveBeenCalled();
  });

  test('is not made where the claim fails, which is said', async () => {
    const { guard, begin, store, telemetry } = given(DUE, { policy: 'production' });
    const ticket = await begin();
    store.fails = { write: AWAY };
    const probe = vi.fn<() => void>();
    await guard.probe(ticket, probe);
    expect(probe).not.toHaveBeenCalled();
    expect(eventsOf(telemetry)).toEqual({ MutatorFailed: 1 });
  });
});

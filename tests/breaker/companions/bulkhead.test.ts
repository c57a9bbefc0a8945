/** The bulkhead: who runs, who waits, who is refused, and that no place is ever lost. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bulkhead } from '../../../lib/breaker/index.ts';
import { settle } from '../given.ts';
import { BUG, listenersOf, never, outcome } from './given.ts';

/** A bulkhead whose calls end when they are told. */
function given(concurrency: number, queue: number) {
  const policy = bulkhead({ concurrency, queue, name: 'db' });
  const begun: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<number>>();
  const call = (id: number, signal?: AbortSignal) =>
    outcome(
      policy.execute(
        () => {
          begun.push(id);
          const end = Promise.withResolvers<number>();
          ends.set(id, end);
          return end.promise;
        },
        { signal },
      ),
    );
  return { policy, begun, ends, call };
}

describe('a bulkhead', () => {
  test('runs so many, keeps so many waiting, and refuses the others', async () => {
    const { policy, begun, ends, call } = given(2, 1);
    const [, , waiting, refused] = [call(1), call(2), call(3), call(4)];
    expect(policy.stats).toEqual({ running: 2, queued: 1 });
    expect(await refused).toMatchObject({
      error: {
        name: 'BulkheadFullError',
        code: 'BULKHEAD_FULL',
        message: 'expected bulkhead db to have room, but it is full',
      },
    });
    ends.get(1)?.resolve(1);
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    ends.get(3)?.resolve(3);
    expect(await waiting).toEqual({ value: 3 });
    expect(policy.stats).toEqual({ running: 1, queued: 0 });
  });

  test('has no queue by default', async () => {
    const policy = bulkhead({ concurrency: 1 });
    void policy.execute(never);
    await expect(policy.execute(() => 1)).rejects.toThrow('bulkhead bulkhead');
  });

  test('lets those who wait in the order in which they came', async () => {
    const { begun, ends, call } = given(1, 9);
    for (const id of [1, 2, 3, 4]) void call(id);
    for (const id of [1, 2, 3]) {
      ends.get(id)?.resolve(id);
      await settle();
    }
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  test('lets no newcomer take the place of who waits', async () => {
    const { begun, ends, call } = given(1, 9);
    for (const id of [1, 2]) void call(id);
    ends.get(1)?.resolve(1);
    void Promise.resolve().then(() => call(3));
    await settle();
    expect(begun).toEqual([1, 2]);
  });

  test('frees the place of a call that throws, now or later', async () => {
    const policy = bulkhead({ concurrency: 1 });
    const thrower = () => {
      throw BUG;
    };
    await expect(policy.execute(thrower)).rejects.toBe(BUG);
    await expect(policy.execute(() => Promise.reject(BUG))).rejects.toBe(BUG);
    expect(await policy.execute(() => 1)).toBe(1);
    expect(policy.stats).toEqual({ running: 0, queued: 0 });
  });
});

describe('maxWait', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('refuses who has waited so long, and lets the others keep their turn', async () => {
    const policy = bulkhead({ concurrency: 1, queue: 2, maxWait: 100 });
    const first = Promise.withResolvers<number>();
    const running = policy.execute(() => first.promise);
    const early = outcome(policy.execute(() => 2));
    await vi.advanceTimersByTimeAsync(60);
    const late = outcome(policy.execute(() => 3));
    await vi.advanceTimersByTimeAsync(40);
    expect(await early).toMatchObject({ error: { code: 'BULKHEAD_FULL' } });
    expect(policy.stats).toEqual({ running: 1, queued: 1 });
    first.resolve(1);
    expect(await running).toBe(1);
    expect(await late).toEqual({ value: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of 0 is a queue in which nobody waits', async () => {
    const policy = bulkhead({ concurrency: 1, queue: 9, maxWait: 0 });
    void policy.execute(never);
    const refused = outcome(policy.execute(() => 2));
    await vi.advanceTimersByTimeAsync(1);
    expect(await refused).toMatchObject({ error: { code: 'BULKHEAD_FULL' } });
  });

  test('is no limit by default', async () => {
    const policy = bulkhead({ concurrency: 1, queue: 1 });
    void policy.execute(never);
    void policy.execute(never);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(policy.stats).toEqual({ running: 1, queued: 1 });
  });

  test('ends with the wait, by a place or by an abort', async () => {
    const policy = bulkhead({ concurrency: 1, queue: 2, maxWait: 100 });
    const first = Promise.withResolvers<number>();
    const calls = [policy.execute(() => first.promise), policy.execute(() => 2)];
    const caller = new AbortController();
    const aborted = outcome(policy.execute(() => 3, caller));
    caller.abort('gone');
    first.resolve(1);
    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(await aborted).toEqual({ error: 'gone' });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('reconfigure', () => {
  test('to more places lets in who waits at once', async () => {
    const { policy, begun, call } = given(1, 9);
    for (const id of [1, 2, 3, 4]) void call(id);
    policy.reconfigure({ concurrency: 3 });
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    expect(policy.stats).toEqual({ running: 3, queued: 1 });
  });

  test('to fewer places ends no call, and lets nobody in until they are kept', async () => {
    const { policy, begun, ends, call } = given(3, 9);
    for (const id of [1, 2, 3, 4]) void call(id);
    policy.reconfigure({ concurrency: 1 });
    for (const id of [1, 2]) ends.get(id)?.resolve(id);
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    ends.get(3)?.resolve(3);
    await settle();
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  test('changes the queue for who comes later', async () => {
    const { policy, call } = given(1, 2);
    for (const id of [1, 2, 3]) void call(id);
    policy.reconfigure({ queue: 0 });
    expect(policy.stats.queued).toBe(2);
    expect(await call(4)).toMatchObject({ error: { code: 'BULKHEAD_FULL' } });
  });

  test.each([
    [{ concurrency: 0 }, 'concurrency to be an integer from 1'],
    [{ name: 'other' }, 'expected the changes to be without a name'],
    [{ concurency: 5 }, 'did you mean concurrency?'],
  ])('with %j is refused, and nothing changes', async (changes, message) => {
    const { policy, call } = given(1, 0);
    expect(() => policy.reconfigure(changes as object)).toThrow(message);
    void call(1);
    expect(await call(2)).toMatchObject({ error: { message: expect.stringContaining('db') } });
  });
});

describe("the caller's abort", () => {
  test('ends a call that runs and frees its place, also if fn ignores it', async () => {
    const { policy, begun, call } = given(1, 1);
    const caller = new AbortController();
    const running = call(1, caller.signal);
    void call(2);
    caller.abort('gone');
    expect(await running).toEqual({ error: 'gone' });
    await settle();
    expect(begun).toEqual([1, 2]);
    expect(policy.stats).toEqual({ running: 1, queued: 0 });
    expect(listenersOf(caller.signal)).toBe(0);
  });

  test('takes a call out of the queue', async () => {
    const { policy, begun, ends, call } = given(1, 1);
    void call(1);
    const caller = new AbortController();
    const waiting = call(2, caller.signal);
    caller.abort('gone');
    expect(await waiting).toEqual({ error: 'gone' });
    expect(policy.stats).toEqual({ running: 1, queued: 0 });
    expect(listenersOf(caller.signal)).toBe(0);
    void call(3);
    ends.get(1)?.resolve(1);
    await settle();
    expect(begun).toEqual([1, 3]);
  });

  test('between its turn and its begin gives the place back', async () => {
    const { policy, begun, ends, call } = given(1, 1);
    const caller = new AbortController();
    void call(1);
    const waiting = call(2, caller.signal);
    ends.get(1)?.resolve(1);
    // The place is handed over in the turn in which the call before it ends.
    while (policy.stats.queued > 0) await Promise.resolve();
    caller.abort('gone');
    expect(await waiting).toEqual({ error: 'gone' });
    await settle();
    expect(begun).toEqual([1]);
    expect(policy.stats).toEqual({ running: 0, queued: 0 });
  });

  test('before the call takes no place', async () => {
    const { policy, begun, call } = given(1, 0);
    expect(await call(1, AbortSignal.abort('gone'))).toEqual({ error: 'gone' });
    expect(begun).toEqual([]);
    expect(policy.stats).toEqual({ running: 0, queued: 0 });
  });

  test('before the call takes no place in the queue', async () => {
    const { policy, call } = given(1, 1);
    void call(1);
    expect(await call(2, AbortSignal.abort('gone'))).toEqual({ error: 'gone' });
    expect(policy.stats).toEqual({ running: 1, queued: 0 });
  });
});

type Step = { readonly kind: 'begin' | 'resolve' | 'reject' | 'abort'; readonly pick: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('begin', 'begin', 'begin', 'resolve', 'reject', 'abort'),
    pick: fc.nat(20),
  }),
  { maxLength: 80 },
);

test('no place is lost and none is given twice, however calls end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.nat(4),
      steps,
      async (concurrency, queue, trace) => {
        const it = given(concurrency, queue);
        const callers: AbortController[] = [];
        const over = vi.fn();
        for (const { kind, pick } of trace) {
          if (kind === 'begin') {
            const caller = new AbortController();
            void it.call(callers.push(caller) - 1, caller.signal).then(over);
          } else if (kind === 'abort') {
            callers[pick % callers.length]?.abort('gone');
          } else {
            const begun = it.begun[pick % it.begun.length] ?? -1;
            if (kind === 'resolve') it.ends.get(begun)?.resolve(1);
            else it.ends.get(begun)?.reject(BUG);
          }
          await settle();
          const { running, queued } = it.policy.stats;
          expect(running).toBeLessThanOrEqual(concurrency);
          expect(queued).toBeLessThanOrEqual(queue);
          expect(running + queued + over.mock.calls.length).toBe(callers.length);
          if (queued > 0) expect(running).toBe(concurrency);
        }
        expect(it.begun).toEqual(it.begun.toSorted((a, b) => a - b));
        for (const caller of callers) caller.abort('gone');
        await settle();
        expect(it.policy.stats).toEqual({ running: 0, queued: 0 });
        expect(callers.map(({ signal }) => listenersOf(signal))).toEqual(callers.map(() => 0));
      },
    ),
  );
});

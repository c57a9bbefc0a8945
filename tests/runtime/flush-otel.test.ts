/** What an answer waits for a collector: as long as that is quick, and then not at all for a while. */
import { trace, type TracerProvider } from '@opentelemetry/api';
import { expect, test, vi } from 'vitest';
import { flushAfterEvent, flushAtEnd } from '../../lib/runtime/flush-otel.ts';

test('a collector that hangs costs an answer 300 ms once in 10 s, and the end of a process 2 s', async () => {
  vi.useFakeTimers();
  let sent = (): void => {};
  const forceFlush = vi.fn<() => Promise<void>>(
    () =>
      new Promise((resolve) => {
        sent = resolve;
      }),
  );
  const provider = { getTracer: vi.fn<TracerProvider['getTracer']>(), forceFlush };
  trace.setGlobalTracerProvider(provider);

  const isOver = vi.fn<() => void>();
  const quick = flushAfterEvent();
  sent();
  await quick;

  void flushAfterEvent().then(isOver);
  await vi.advanceTimersByTimeAsync(299);
  expect(isOver).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toHaveBeenCalledOnce();

  await vi.advanceTimersByTimeAsync(9_999);
  await flushAfterEvent();
  expect(forceFlush).toHaveBeenCalledTimes(2);

  await vi.advanceTimersByTimeAsync(1);
  const again = flushAfterEvent();
  expect(forceFlush).toHaveBeenCalledTimes(3);
  sent();
  await again;

  const end = flushAtEnd();
  await vi.advanceTimersByTimeAsync(2_000);
  await end;
});

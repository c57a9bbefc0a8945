/** What a signal does to a server that cannot be closed, or never started. */
import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { endOnSignal, type Running } from '../../lib/local/signals.ts';
import { rememberingTelemetry } from '../functions/events.ts';

const givenProcess = (close: () => Promise<void>) => {
  const { telemetry, told } = rememberingTelemetry();
  const exit = vi.fn<(code: number) => void>();
  const target = Object.assign(new EventEmitter(), { exit });
  const started = Promise.withResolvers<Running | null>();
  const isEnding = endOnSignal(target, started.promise);
  return { target, exit, told, started, isEnding, running: { server: { close }, telemetry } };
};

describe('a signal', () => {
  test('to a server that cannot be closed is an ERROR line and exit 1', async () => {
    const error = new Error('as told');
    const { target, exit, told, started, running } = givenProcess(() => Promise.reject(error));
    started.resolve(running);
    target.emit('SIGTERM');
    await vi.waitUntil(() => exit.mock.calls.length > 0, { timeout: 20_000 });
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(told).toEqual([['error', 'close failed', { error }]]);
  });

  test('during the start closes the server when it is there', async () => {
    const close = vi.fn(async () => {});
    const { target, exit, started, running, isEnding } = givenProcess(close);
    expect(isEnding()).toBe(false);
    target.emit('SIGINT');
    expect(isEnding()).toBe(true);
    expect(exit).not.toHaveBeenCalled();
    started.resolve(running);
    await vi.waitUntil(() => exit.mock.calls.length > 0, { timeout: 20_000 });
    expect(close).toHaveBeenCalledOnce();
    expect(exit).toHaveBeenCalledExactlyOnceWith(0);
  });

  test('to a start that failed ends it', async () => {
    const { target, exit, started } = givenProcess(async () => {});
    target.emit('SIGTERM');
    started.resolve(null);
    await vi.waitUntil(() => exit.mock.calls.length > 0, { timeout: 20_000 });
    expect(exit).toHaveBeenCalledExactlyOnceWith(0);
  });
});

/** The tick of the laptop: no two at once, and none after its stop. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { classic } from '../../lib/level/policy.ts';
import { startTicks } from '../../lib/local/tick.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { givenScopes } from '../runtime/given-scopes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Ticks every second; each execution ends when the test says so. */
function givenTicks(everyMs = 1_000, scopes = givenScopes({ default: {} })) {
  const started: WorkflowInput[] = [];
  const ends: (() => void)[] = [];
  const engine = {
    execute: async (input: WorkflowInput) => {
      started.push(input);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { status: 'SUCCEEDED', output: null } as const;
    },
  };
  const clock = { nowMs: () => 7, monotonicMs: () => 0 };
  const stop = startTicks({
    engine,
    scopes,
    policyOf: () => classic,
    clock,
    everyMs,
    failOpenLevel: 1,
  });
  const end = async () => {
    ends.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { started, end, stop };
}

describe('the tick', () => {
  test('comes first after one interval, as an execution with a request of nobody', async () => {
    const { started } = givenTicks();
    await vi.advanceTimersByTimeAsync(999);
    expect(started).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toEqual([
      {
        kind: 'tick',
        scope: 'default',
        stateKey: 'SYSTEM_STATE',
        receivedAt: 7,
        failOpenLevel: 1,
        readReplicas: 0,
        signals: 'direct',
        safe: true,
        bypass: false,
        deployed: deployedInput(classic),
        trace: {},
        request: {
          method: 'GET',
          resource: '',
          pathParameters: {},
          query: {},
          headers: {},
          bodyText: '',
        },
      },
    ]);
  });

  test('that takes longer than the interval is not joined by another', async () => {
    const { started, end } = givenTicks();
    await vi.advanceTimersByTimeAsync(3_500);
    expect(started).toHaveLength(1);
    await end();
    await vi.advanceTimersByTimeAsync(500);
    expect(started).toHaveLength(2);
  });

  test('takes the scopes one after the other', async () => {
    const { started, end } = givenTicks(
      1_000,
      givenScopes({ default: {}, account: { signals: 'both' } }),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(started.map(({ scope }) => scope)).toEqual(['default']);
    await end();
    expect(started.map(({ scope, signals }) => [scope, signals])).toEqual([
      ['default', 'direct'],
      ['account', 'both'],
    ]);
  });

  test('that is running at the stop is waited for, and none follows', async () => {
    const { started, end, stop } = givenTicks();
    await vi.advanceTimersByTimeAsync(1_000);
    let stopped = false;
    const stopping = stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stopped).toBe(false);
    await end();
    await stopping;
    expect(started).toHaveLength(1);
  });

  test('never comes where its interval is 0', async () => {
    const { started, stop } = givenTicks(0);
    await vi.advanceTimersByTimeAsync(100_000);
    await stop();
    expect(started).toEqual([]);
  });
});

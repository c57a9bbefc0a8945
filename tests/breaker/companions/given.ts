/** The steps of the companions' tests: functions that fail as they are told, and time that is faked. */
import { getEventListeners } from 'node:events';
import { vi } from 'vitest';
import type { Policy } from '../../../lib/breaker/index.ts';

/** An error that a retry tries again after. */
export const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** An error that says nothing about another attempt. */
export const BUG = new Error('undefined is not a function');

export const never = (): Promise<never> => new Promise(() => {});

/** A function that fails so many times and then answers with its attempt. */
export function failsFirst(times: number, error: unknown = RESET) {
  let calls = 0;
  return vi.fn(async ({ attempt }: { readonly attempt: number }): Promise<number> => {
    calls += 1;
    if (calls <= times) throw error;
    return attempt;
  });
}

/** What a call ends with, as data: its value, or what it throws. */
export function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

/** When fn is called, in milliseconds from the first call, until the policy ends; time is faked. */
export async function callTimes(policy: Policy, fn: () => unknown): Promise<readonly number[]> {
  const startedMs = performance.now();
  const times: number[] = [];
  const call = outcome(
    policy.execute(() => {
      times.push(Math.round(performance.now() - startedMs));
      return fn();
    }),
  );
  await vi.runAllTimersAsync();
  await call;
  return times;
}

/** What lies between instants. */
export const gaps = (times: readonly number[]) =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0));

export const listenersOf = (signal: AbortSignal): number =>
  getEventListeners(signal, 'abort').length;

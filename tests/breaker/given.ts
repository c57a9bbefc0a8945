/** The steps of the breaker tests: a clock that is set by hand, and calls that end as they are told. */
import { CircuitBreaker, type CircuitBreakerOptions } from '../../lib/breaker/index.ts';

/** A clock that stands still until it is moved. */
class HandClock {
  nowMs = 0;
  readonly read = (): number => this.nowMs;
  advance(byMs: number): void {
    this.nowMs += byMs;
  }
}

/** Shared by all tests, so nobody may write on it. */
export const DOWN: Error = Object.freeze(new Error('down'));

/** A breaker on a clock of its own, without a time-out. */
export function given<Fallback = never>(options: CircuitBreakerOptions<Fallback> = {}) {
  const clock = new HandClock();
  const breaker = new CircuitBreaker<Fallback>({
    name: 'test',
    timeout: false,
    clock: clock.read,
    ...options,
  });
  const state = () => breaker.getStats().state;
  return { breaker, clock, state };
}

/** Calls that end at once: `+` succeeds, `-` fails; the outcomes as `+`, `-` or `!` for refused. */
export async function run(breaker: CircuitBreaker<unknown>, calls: string): Promise<string> {
  let seen = '';
  for (const call of calls) {
    const result = await breaker.tryExecute(() => {
      if (call === '-') throw DOWN;
    });
    seen += result.ok ? '+' : result.reason === 'rejected' ? '!' : '-';
  }
  return seen;
}

/** What can be settled from outside. */
export function deferred<T = unknown>() {
  return Promise.withResolvers<T>();
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

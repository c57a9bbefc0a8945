/** A refusal is an error like any other: to Node, to structuredClone, and to who asks what led to it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  BreakerError,
  CircuitBreakerOpenError,
  FailedResultError,
  isRetryableHttpError,
  isTransient,
  retry,
  TimeoutError,
} from '../../lib/breaker/index.ts';
import { DOWN, given, run } from './given.ts';

const TWO = { trip: 'consecutive', failureThreshold: 2, minimumRequests: 0 } as const;

async function refusalOf({ breaker }: ReturnType<typeof given>): Promise<CircuitBreakerOpenError> {
  return (await breaker.execute(() => 1).catch((error: unknown) => error)) as never;
}

async function opened(failure: unknown = DOWN) {
  const it = given({ ...TWO, resetTimeout: 100 });
  for (let call = 0; call < 2; call += 1)
    await it.breaker.tryExecute(() => Promise.reject(failure));
  return it;
}

describe('a refusal', () => {
  test('does not call the function and says the time left', async () => {
    const { breaker, clock } = given({ ...TWO, resetTimeout: 100 });
    await run(breaker, '--');
    clock.advance(40);
    const fn = vi.fn();
    const error = await breaker.execute(fn).catch((caught: unknown) => caught);
    expect(fn).not.toHaveBeenCalled();
    expect(error).toBeInstanceOf(CircuitBreakerOpenError);
    expect(error).toBeInstanceOf(BreakerError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'CircuitBreakerOpenError',
      code: 'CIRCUIT_OPEN',
      breaker: 'test',
      retryAfterMs: 60,
      message: 'expected circuit breaker test to let the call through, but it refused; 60 ms left',
    });
    expect((error as Error).stack).toMatch(/^CircuitBreakerOpenError: expected circuit breaker/);
  });

  test('its stack and message can be written, as those of any error', async () => {
    const { breaker } = given();
    breaker.open();
    const error = (await breaker.execute(() => 1).catch((caught: unknown) => caught)) as Error;
    error.stack = 'mine';
    error.message = 'my own';
    expect(error).toMatchObject({ stack: 'mine', message: 'my own' });
  });

  test('the class itself can be made, with a stack', () => {
    const error = new CircuitBreakerOpenError('a', { retryAfterMs: 5, cause: DOWN });
    expect(error).toMatchObject({ breaker: 'a', retryAfterMs: 5, cause: DOWN });
    expect(error.message).toContain('circuit breaker a');
    expect(error.stack).toContain('refusal.test.ts');
  });

  test('nobody knows the time left in HALF_OPEN and in an OPEN that is held', async () => {
    const { breaker, clock } = given({ ...TWO, resetTimeout: 100 });
    breaker.open();
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: null });
    breaker.open({ forMs: 1 });
    clock.advance(1);
    void breaker.execute(() => new Promise(() => {}));
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: null });
  });

  test('is a native error, with a stack of its name and message', async () => {
    const error = await refusalOf(await opened());
    const { isError } = Error as unknown as { isError: (value: unknown) => boolean };
    expect(isError(error)).toBe(true);
    expect(Object.prototype.toString.call(error)).toBe('[object Error]');
    expect(error.stack).toBe(
      'CircuitBreakerOpenError: expected circuit breaker test to let the call through, but it refused; 100 ms left',
    );
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });

  test('passes structuredClone with its message and its cause', async () => {
    const clone = structuredClone(await refusalOf(await opened()));
    expect(clone).toBeInstanceOf(Error);
    expect(clone.message).toContain('circuit breaker test');
    expect((clone.cause as Error).message).toBe('down');
  });

  test('is printed with name, breaker and cause where nobody handles it', async () => {
    const script = `
      import { CircuitBreaker } from './lib/breaker/index.ts';
      const breaker = new CircuitBreaker({ name: 'weather', trip: 'consecutive', failureThreshold: 1, minimumRequests: 0 });
      await breaker.tryExecute(() => Promise.reject(new Error('503 from upstream')));
      await breaker.execute(() => 1);
    `;
    const root = new URL('../..', import.meta.url).pathname;
    const failed = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
    });
    await expect(failed).rejects.toMatchObject({ code: 1 });
    const { stderr } = (await failed.catch((error: unknown) => error)) as { stderr: string };
    expect(stderr).toMatch(/CircuitBreakerOpenError: expected circuit breaker weather to let/);
    expect(stderr).toContain("code: 'CIRCUIT_OPEN'");
    expect(stderr).toContain('503 from upstream');
  });

  test('keeps its stack where the built-ins are frozen, and is thrown all the same', async () => {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    const it = await opened();
    Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false });
    try {
      expect((await refusalOf(it)).stack).toMatch(/^CircuitBreakerOpenError: .*\n {4}at /);
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', limit ?? {});
    }
  });
});

describe('its cause', () => {
  test('is the failure that was one too many, in OPEN and in HALF_OPEN', async () => {
    const it = await opened();
    const refused = await refusalOf(it);
    expect(refused).toMatchObject({ cause: DOWN, state: 'OPEN' });
    expect(Object.getOwnPropertyDescriptor(refused, 'cause')?.enumerable).toBe(false);
    it.clock.advance(100);
    void it.breaker.execute(() => new Promise(() => {}));
    expect(await refusalOf(it)).toMatchObject({
      cause: DOWN,
      state: 'HALF_OPEN',
      retryAfterMs: null,
    });
  });

  test('is a TimeoutError after time-outs, and a FailedResultError after results', async () => {
    const late = given({ ...TWO, timeout: 1 });
    for (let call = 0; call < 2; call += 1) {
      await late.breaker.tryExecute(() => new Promise(() => {}));
    }
    expect((await refusalOf(late)).cause).toBeInstanceOf(TimeoutError);
    const failed = given({ ...TWO, failsOn: { result: (result) => result === 503 } });
    for (let call = 0; call < 2; call += 1) await failed.breaker.execute(() => 503);
    const { cause } = await refusalOf(failed);
    expect(cause).toBeInstanceOf(FailedResultError);
    expect(cause).toMatchObject({ result: 503 });
  });

  test('is none where somebody opened it by hand, and where it was restored', async () => {
    const held = given();
    held.breaker.open();
    expect(await refusalOf(held)).not.toHaveProperty('cause');
    const restored = given({ ...TWO, resetTimeout: 100 });
    restored.breaker.restore((await opened()).breaker.toJSON());
    expect(await refusalOf(restored)).not.toHaveProperty('cause');
  });

  test('lets nobody take the refusal for what it was caused by', async () => {
    const status = Object.assign(new Error('busy'), { status: 503, code: 'ECONNRESET' });
    const refused = await refusalOf(await opened(status));
    expect(refused.cause).toBe(status);
    expect([isTransient(refused), isRetryableHttpError(refused)]).toEqual([false, false]);
    let calls = 0;
    const call = retry({ retryOn: { error: () => true } }).execute(() => {
      calls += 1;
      throw refused;
    });
    await expect(call).rejects.toBe(refused);
    expect(calls).toBe(1);
  });

  test('is forgotten when it closes', async () => {
    const it = await opened();
    it.breaker.close();
    expect(it.breaker.getStats().tripped).toBeNull();
    await run(it.breaker, '+');
  });
});

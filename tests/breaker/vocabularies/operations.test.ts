/** Breakers by service and operation: when they open, what is marked slow, whose fallback answers. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreakerOpenError,
  CircuitBreakerService,
  SERVICE_PRESETS,
  type OperationConfig,
  type Protected,
} from '../../../lib/entries/utils.ts';
import { deferred, DOWN, settle } from '../given.ts';

const CONFIG: OperationConfig = {
  failureThreshold: 3,
  recoveryTimeout: 30_000,
  expectedResponseTime: 2_000,
  monitoringWindow: 60_000,
  minimumRequestCount: 5,
};

const down = async (): Promise<never> => {
  throw DOWN;
};

function given(config: OperationConfig = CONFIG) {
  const service = new CircuitBreakerService(new BreakerRegistry());
  const stats = () => service.getCircuitBreakerStats('db', 'read');
  const call = (fn: Protected<unknown>) =>
    service.execute('db', 'read', fn, (error) => ({ error }), config);
  /** `+` succeeds, `-` fails; as `+`, `-` or `!` for refused. */
  const run = async (calls: string) => {
    let seen = '';
    for (const kind of calls) {
      const value = await call(kind === '+' ? async () => 'ok' : down);
      const error = value === 'ok' ? null : (value as { error: unknown }).error;
      seen += error === null ? '+' : error instanceof CircuitBreakerOpenError ? '!' : '-';
    }
    return seen;
  };
  return { service, stats, call, run };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an operation', () => {
  test.each([
    ['three failures in a row open after five requests', '++---!', '++---!'],
    ['not before the fifth request', '---', '---'],
    ['the fifth request opens if it is the third failure or more', '-----+', '-----!'],
    ['a success begins the row anew', '++--+--+', '++--+--+'],
  ])('%s', async (_title, calls, seen) => {
    expect(await given().run(calls)).toBe(seen);
  });

  test('lets one probe pass after recoveryTimeout, whose success closes', async () => {
    const { run, call, stats } = given();
    await run('-----');
    vi.advanceTimersByTime(29_999);
    expect(await run('+')).toBe('!');
    vi.advanceTimersByTime(1);
    const probe = deferred();
    const probing = call(() => probe.promise);
    expect(await run('+')).toBe('!');
    probe.resolve('ok');
    await probing;
    expect(stats()?.state).toBe('CLOSED');
  });

  test('a failed probe opens for another recoveryTimeout', async () => {
    const { run, stats } = given();
    await run('-----');
    vi.advanceTimersByTime(30_000);
    expect(await run('-+')).toBe('-!');
    vi.advanceTimersByTime(30_000);
    expect(stats()?.state).toBe('HALF_OPEN');
  });

  test('a call longer than expectedResponseTime is marked slow, and neither aborted nor held against it', async () => {
    const { call, stats } = given({ ...CONFIG, minimumRequestCount: 0 });
    let signal: AbortSignal | undefined;
    for (let calls = 0; calls < 20; calls += 1) {
      const slow = deferred();
      const answer = call((context) => {
        ({ signal } = context);
        return slow.promise;
      });
      vi.advanceTimersByTime(2_000);
      slow.resolve('late');
      expect(await answer).toBe('late');
    }
    expect(signal?.aborted).toBe(false);
    expect(stats()).toMatchObject({
      state: 'CLOSED',
      slowRate: 1,
      failureRate: 0,
      successCount: 20,
    });
  });

  test('no call is timed out', async () => {
    const { call } = given();
    const slow = deferred();
    const calling = call(() => slow.promise);
    await vi.advanceTimersByTimeAsync(600_000);
    slow.resolve('late');
    expect(await calling).toBe('late');
  });

  test('a slow probe closes', async () => {
    const { run, call, stats } = given();
    await run('-----');
    vi.advanceTimersByTime(30_000);
    const slow = deferred();
    const probing = call(() => slow.promise);
    vi.advanceTimersByTime(5_000);
    slow.resolve('late');
    expect(await probing).toBe('late');
    expect(stats()?.state).toBe('CLOSED');
  });

  test('failureRate is of monitoringWindow', async () => {
    const { run, stats } = given();
    await run('+--+');
    expect(stats()?.failureRate).toBe(0.5);
    vi.advanceTimersByTime(66_000);
    expect(stats()).toMatchObject({ failureRate: 0, failureCount: 2, totalRequests: 4 });
  });

  test('has stats with dates, and none before its first call', async () => {
    const { run, stats, service } = given();
    expect(stats()).toBeUndefined();
    await run('+----');
    expect(stats()).toMatchObject({
      name: 'db#read',
      state: 'OPEN',
      failureCount: 4,
      successCount: 1,
      totalRequests: 5,
      lastFailureTime: new Date(),
      lastSuccessTime: new Date(),
      nextAttemptTime: new Date(Date.now() + 30_000),
    });
    expect(service.getCircuitBreakerStats('db', 'write')).toBeUndefined();
  });
});

describe('a configuration', () => {
  test('stays as it was at the first call', async () => {
    const { service, run } = given();
    await run('--');
    const config = { ...CONFIG, failureThreshold: 1, minimumRequestCount: 0 };
    await service.execute('db', 'read', down, () => 'answered', config);
    expect(await run('+')).toBe('+');
  });

  test.each(Object.entries(SERVICE_PRESETS))(
    'left out is the preset of %s',
    async (name, preset) => {
      const service = new CircuitBreakerService(new BreakerRegistry(), SERVICE_PRESETS);
      const stats = () => service.getCircuitBreakerStats(name, 'call');
      const opensAt = Math.max(preset.failureThreshold, preset.minimumRequestCount);
      for (let calls = 1; calls < opensAt; calls += 1) {
        await service.execute(name, 'call', down, () => null);
      }
      expect(stats()?.state).toBe('CLOSED');
      await service.execute(name, 'call', down, () => null);
      expect(stats()?.nextAttemptTime).toEqual(new Date(Date.now() + preset.recoveryTimeout));
    },
  );

  test('goes before the preset', async () => {
    const service = new CircuitBreakerService(new BreakerRegistry(), SERVICE_PRESETS);
    const config = { failureThreshold: 1, minimumRequestCount: 1 };
    await service.execute('dynamodb', 'put', down, () => null, config);
    expect(service.getCircuitBreakerStats('dynamodb', 'put')?.state).toBe('OPEN');
  });

  test.each([
    [{ recoveryTime: 5 }, 'got recoveryTime; did you mean recoveryTimeout?'],
    [{ failureThreshold: 0.5 }, 'expected failureThreshold to be an integer from 1 to'],
    [{ recoveryTimeout: -1 }, 'expected recoveryTimeout to be a number from 0 to'],
    [{ expectedResponseTime: Number.NaN }, 'expected expectedResponseTime to be a number from 0'],
    [{ monitoringWindow: 0 }, 'expected monitoringWindow to be a number from 1 to'],
    [{ minimumRequestCount: 1.5 }, 'expected minimumRequestCount to be an integer from 0 to'],
    [{ tenant: '' }, 'expected tenant to be a string of 1 to 256 characters'],
  ])('%j is refused', async (config, message) => {
    const service = new CircuitBreakerService(new BreakerRegistry());
    const call = service.execute('db', 'read', down, () => null, config as never);
    await expect(call).rejects.toThrow(message);
  });

  test('with a tenant has a breaker per tenant', async () => {
    const service = new CircuitBreakerService(new BreakerRegistry());
    const call = (tenant: string) =>
      service.execute('idp', 'token', down, () => null, {
        tenant,
        failureThreshold: 1,
        minimumRequestCount: 1,
      });
    await call('a');
    expect(service.getCircuitBreakerStats('idp', 'token', 'a')?.state).toBe('OPEN');
    expect(service.getCircuitBreakerStats('idp', 'token', 'b')).toBeUndefined();
    expect(service.getCircuitBreakerStats('idp', 'token')).toBeUndefined();
  });
});

describe('a fallback', () => {
  test('answers its own call, with the error of that call', async () => {
    const { service } = given();
    const first = deferred();
    const calls = ['one', 'two'].map((who) =>
      service.execute(
        'db',
        'read',
        () => first.promise,
        (error) => ({ who, error }),
        CONFIG,
      ),
    );
    first.reject(DOWN);
    expect(await Promise.all(calls)).toEqual([
      { who: 'one', error: DOWN },
      { who: 'two', error: DOWN },
    ]);
  });

  test('that throws has the last word', async () => {
    const { service } = given();
    const own = new Error('temporarily unavailable');
    const call = service.execute('db', 'read', down, async () => {
      throw own;
    });
    await expect(call).rejects.toBe(own);
    expect(own).not.toHaveProperty('cause');
  });

  test('left out lets the error through, and is not counted', async () => {
    const { service, stats } = given();
    await expect(service.execute('db', 'read', down)).rejects.toBe(DOWN);
    expect(stats()?.fallbackCount).toBe(0);
    await service.execute('db', 'read', down, () => null);
    expect(stats()?.fallbackCount).toBe(1);
  });
});

test('two services share the breakers of one registry', async () => {
  const registry = new BreakerRegistry();
  await new CircuitBreakerService(registry).execute('db', 'read', async () => 1);
  await settle();
  const stats = new CircuitBreakerService(registry).getCircuitBreakerStats('db', 'read');
  expect(stats?.successCount).toBe(1);
});

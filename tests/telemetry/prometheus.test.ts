/** What Prometheus is shown: names, values, two formats, exemplars, and a bound on labels. */
import { describe, expect, test } from 'vitest';
import { bulkhead, CircuitBreaker, rateLimiter, retryBudget } from '../../lib/breaker/index.ts';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { BreakerRegistry } from '../../lib/breaker/vocabularies/registry.ts';
import type { MonitoredLevel } from '../../lib/telemetry/monitors.ts';
import { Companions } from '../../lib/telemetry/companions.ts';
import type { ServedRequest } from '../../lib/telemetry/meters.ts';
import { prometheusMeters } from '../../lib/telemetry/prometheus.ts';

const SERVED: ServedRequest = {
  scope: 'default',
  route: '/service-api',
  method: 'POST',
  level: 1,
  code: 200,
  durationMs: 12,
};

const TRACE_ID = 'abcdef0123456789abcdef0123456789';

function given() {
  const breakers = new BreakerRegistry();
  const companions = new Companions();
  const prometheus = prometheusMeters('shop');
  let shown: MonitoredLevel = { level: 1, pinned: false, since: null };
  prometheus.observe({
    version: '1.2.3',
    scopes: ['default', 'account'],
    breakers,
    companions,
    levels: async () => ({ default: shown }),
  });
  return {
    ...prometheus,
    breakers,
    companions,
    setLevel: (level: MonitoredLevel['level'], more: Partial<MonitoredLevel> = {}) => {
      shown = { level, pinned: false, since: null, ...more };
    },
    text: async () => (await prometheus.expose('')).body,
  };
}

/** The value of a sample; undefined where there is none. */
const valueOf = (text: string, sample: string) => {
  const line = text.split('\n').find((it) => it.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};

describe('a breaker', () => {
  const failing = () => Promise.reject(new Error('down'));

  test('is shown as 0 closed, 1 open, 2 half-open, with its calls by outcome and its refusals', async () => {
    const { breakers, text } = given();
    let nowMs = 0;
    const breaker = new CircuitBreaker({
      name: 'mongodb',
      trip: 'consecutive',
      failureThreshold: 2,
      minimumRequests: 0,
      resetTimeout: 1_000,
      clock: () => nowMs,
    });
    breakers.keep({ service: 'mongodb' }, breaker);
    const labels = '{service="shop",breaker="mongodb"}';
    const outcome = (name: string) =>
      `circuit_breaker_calls_total{service="shop",breaker="mongodb",outcome="${name}"}`;
    await breaker.execute(async () => 1);
    expect(valueOf(await text(), `circuit_breaker_state${labels}`)).toBe(0);
    await breaker.execute(failing).catch(() => {});
    await breaker.execute(failing).catch(() => {});
    await breaker.execute(failing).catch(() => {});
    const open = await text();
    expect(valueOf(open, `circuit_breaker_state${labels}`)).toBe(1);
    expect(valueOf(open, `circuit_breaker_failures_total${labels}`)).toBe(2);
    expect(valueOf(open, `circuit_breaker_rejections_total${labels}`)).toBe(1);
    expect(valueOf(open, outcome('success'))).toBe(1);
    expect(valueOf(open, outcome('failure'))).toBe(2);
    expect(valueOf(open, outcome('timeout'))).toBe(0);
    nowMs = 1_000;
    const hung = Promise.withResolvers<number>();
    const probing = breaker.execute(() => hung.promise);
    expect(valueOf(await text(), `circuit_breaker_state${labels}`)).toBe(2);
    hung.resolve(1);
    await probing;
  });

  test('that a fleet shares is shown with its fleet, and with what its table did not answer', async () => {
    const { breakers, text } = given();
    const row = { state: 'CLOSED', epoch: 3, closedAtMs: 0 };
    let answers = true;
    const store = {
      read: async () => {
        if (!answers) throw new Error('away');
        return row;
      },
      write: async () => null,
    };
    let ms = 12_000;
    const named = { service: 'orders', operation: 'read', registry: breakers };
    const breaker = new SharedCircuitBreaker({ ...named, store, wall: () => ms, random: () => 0 });
    const labels = '{service="shop",breaker="orders#read"}';
    const failures = `circuit_breaker_fleet_store_failures_total${labels}`;
    expect(valueOf(await text(), `circuit_breaker_fleet_state${labels}`)).toBeUndefined();
    expect(valueOf(await text(), failures)).toBe(0);
    await breaker.execute(async () => 1);
    expect(valueOf(await text(), `circuit_breaker_fleet_state${labels}`)).toBe(0);
    expect(valueOf(await text(), `circuit_breaker_fleet_pass_ratio${labels}`)).toBe(0.25);
    answers = false;
    ms += 6_000;
    await breaker.execute(async () => 1);
    expect(valueOf(await text(), failures)).toBe(1);
    expect(await text()).not.toContain('fleet_state{service="shop",breaker="stripe"}');
  });

  test('that is dropped is no longer shown', async () => {
    const { text, companions } = given();
    companions.add('bulkhead', 'b', bulkhead({ concurrency: 1 }));
    expect(await text()).toContain('bulkhead_running{service="shop",bulkhead="b"} 0');
    expect(await text()).not.toContain('circuit_breaker_state{');
  });
});

describe('what goes with a breaker', () => {
  test('is shown as it is at the scrape', async () => {
    const { companions, text, meters } = given();
    const places = bulkhead({ concurrency: 1, queue: 5 });
    const budget = retryBudget({ minimum: 2 });
    const limiter = rateLimiter({ tokens: 5, per: 60_000 });
    companions.add('bulkhead', 'db', places);
    companions.add('retryBudget', 'db', budget);
    companions.add('rateLimiter', 'db', limiter);
    const hung = Promise.withResolvers<void>();
    const running = [places.execute(() => hung.promise), places.execute(() => hung.promise)];
    budget.takeRetry();
    meters.retried('db');
    meters.retried('db');
    await limiter.execute(async () => {});
    const shown = await text();
    expect(valueOf(shown, 'bulkhead_running{service="shop",bulkhead="db"}')).toBe(1);
    expect(valueOf(shown, 'bulkhead_queued{service="shop",bulkhead="db"}')).toBe(1);
    expect(valueOf(shown, 'retry_budget_remaining{service="shop",budget="db"}')).toBe(1);
    expect(valueOf(shown, 'rate_limiter_tokens{service="shop",limiter="db"}')).toBe(4);
    expect(valueOf(shown, 'retry_attempts_total{service="shop",operation="db"}')).toBe(2);
    hung.resolve();
    await Promise.all(running);
  });

  test('has a bound: the 101st of a kind works and is not shown', async () => {
    const { companions } = given();
    for (let index = 0; index < 105; index += 1) {
      companions.add('retryBudget', `budget ${index}`, retryBudget());
    }
    expect(companions.list('retryBudget')).toHaveLength(100);
  });
});

describe('the level', () => {
  test('of a scope is shown, and absent while it cannot be read', async () => {
    const { setLevel, text } = given();
    setLevel(2);
    expect(valueOf(await text(), 'service_level{scope="default"}')).toBe(2);
    setLevel(null);
    expect(await text()).not.toContain('service_level{');
  });

  test('under a policy that judges a rate is shown with its window, its share and its ramp', async () => {
    const { setLevel, text } = given();
    expect(await text()).not.toContain('service_window_requests{');
    const window = { requests: 80, errorPercent: 12.5, sampleOneIn: 4 };
    setLevel(2, { window, ramp: { step: 1, percent: 25 } });
    const seen = await text();
    expect(valueOf(seen, 'service_window_requests{scope="default"}')).toBe(80);
    expect(valueOf(seen, 'service_window_error_ratio{scope="default"}')).toBe(0.125);
    expect(valueOf(seen, 'service_sampled_ratio{scope="default"}')).toBe(0.25);
    expect(valueOf(seen, 'service_ramp_ratio{scope="default"}')).toBe(0.25);
    setLevel(1, { window: { requests: 0, errorPercent: null, sampleOneIn: 1 } });
    expect(await text()).not.toContain('service_window_error_ratio{');
    expect(await text()).not.toContain('service_ramp_ratio{');
  });

  test('changes are counted by scope, from, to and reason; other events by scope, from 0', async () => {
    const { meters, text } = given();
    expect(valueOf(await text(), 'service_stale_outcomes_total{scope="account"}')).toBe(0);
    meters.counted('LevelChanged', 'default', 1, { from: 1, to: 2, reason: 'errors' });
    meters.counted('ProbeResult', 'default', 0, {});
    meters.counted('ProbeResult', 'default', 1, {});
    meters.counted('StaleOutcome', 'default', 1, {});
    meters.counted('StateReadFailed', 'default', 1, {});
    meters.storeFailed('write', 'STORE_THROTTLED');
    const shown = await text();
    for (const sample of [
      'service_transitions_total{scope="default",from="1",to="2",reason="errors"}',
      'service_probes_total{scope="default",result="error"}',
      'service_probes_total{scope="default",result="success"}',
      'service_stale_outcomes_total{scope="default"}',
      'service_fail_open_total{scope="default"}',
      'service_store_errors_total{operation="write",code="STORE_THROTTLED"}',
    ]) {
      expect([sample, valueOf(shown, sample)]).toEqual([sample, 1]);
    }
  });
});

describe('requests', () => {
  test('are counted and measured by scope, served level and code; what no level served is none', async () => {
    const { meters, text } = given();
    meters.served(SERVED);
    meters.served({ ...SERVED, level: null, code: null, durationMs: 3_000 });
    const shown = await text();
    expect(valueOf(shown, 'service_requests_total{scope="default",level="1",code="200"}')).toBe(1);
    expect(valueOf(shown, 'service_requests_total{scope="default",level="none",code="none"}')).toBe(
      1,
    );
    const duration = 'service_request_duration_seconds';
    const labels = 'scope="default",level="none",code="none"';
    expect(valueOf(shown, `${duration}_bucket{le="2.5",${labels}}`)).toBe(0);
    expect(valueOf(shown, `${duration}_bucket{le="5",${labels}}`)).toBe(1);
    expect(valueOf(shown, `${duration}_sum{${labels}}`)).toBe(3);
  });

  test('have their trace as an exemplar, in OpenMetrics alone', async () => {
    const { meters, expose } = given();
    meters.served({ ...SERVED, traceId: TRACE_ID });
    const open = await expose('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
    expect(open.contentType).toMatch(/^application\/openmetrics-text/);
    expect(open.body).toContain(`# {trace_id="${TRACE_ID}"} 0.012`);
    expect(open.body).toMatch(/\n# EOF\n$/);
    expect(open.body).toContain('# TYPE service_requests counter\n');
    const plain = await expose('text/plain');
    expect(plain.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(plain.body).not.toContain(TRACE_ID);
    expect(plain.body).not.toContain('# EOF');
    expect(plain.body).toContain('# TYPE service_requests_total counter\n');
  });
});

describe('a label', () => {
  test.each([
    [
      'operation',
      (name: string, meters: ReturnType<typeof given>['meters']) => meters.retried(name),
    ],
    [
      'reason',
      (reason: string, meters: ReturnType<typeof given>['meters']) =>
        meters.counted('LevelChanged', 'default', 1, { from: 1, to: 1, reason }),
    ],
    [
      'code',
      (code: string, meters: ReturnType<typeof given>['meters']) =>
        meters.storeFailed('read', code),
    ],
  ])('%s has at most 100 values of its own, the rest are other', async (label, tell) => {
    const { meters, text } = given();
    for (let index = 0; index < 150; index += 1) tell(`value ${index}`, meters);
    const lines = (await text()).split('\n').filter((line) => line.includes(`${label}="`));
    expect(lines).toHaveLength(101);
    expect(
      lines.filter((line) => line.includes(`${label}="other"`)).map((it) => it.split(' ').at(-1)),
    ).toEqual(['50']);
  });

  test('cannot break the lines', async () => {
    const { meters, text } = given();
    meters.retried('a"b\\c\nd');
    expect(await text()).toContain('operation="a\\"b\\\\c\\nd"} 1');
  });
});

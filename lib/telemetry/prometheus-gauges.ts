/** What Prometheus is shown of a process at the moment of a scrape: breakers, what goes with them, levels. */
import { Counter, Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';
import type { CircuitBreakerStats } from '../breaker/index.ts';
import { fleetOf, isShared } from '../shared/fleet-of.ts';
import type { CompanionKind, ListedCompanion } from './companions.ts';
import { tellingBreakers } from './listed-breakers.ts';
import type { MonitoredLevel, Observed } from './monitors.ts';

/** 0 closed, 1 open, 2 half-open. */
const STATES = { CLOSED: 0, OPEN: 1, HALF_OPEN: 2 } as const;

/** The calls of a breaker by how they ended; time-outs are among its failures. */
const OUTCOMES: Readonly<Record<string, (stats: CircuitBreakerStats) => number>> = {
  success: ({ successCount }) => successCount,
  failure: ({ failureCount, timeoutCount }) => failureCount - timeoutCount,
  timeout: ({ timeoutCount }) => timeoutCount,
};

/** Adds the metrics to a registry. */
export function observeWithPrometheus(
  registry: Registry<OpenMetricsContentType>,
  service: string,
  observed: Observed,
): void {
  const info = new Gauge({
    name: 'service_info',
    help: 'The version that runs, as a label; its value is 1',
    labelNames: ['service', 'version'],
    registers,
  });
  info.set({ service, version: observed.version }, 1);
  registry.registerMetric(info);
  observeBreakers(registry, service, observed);
  observeCompanions(registry, service, observed);
  observeLevels(registry, observed);
}

type Metrics = Registry<OpenMetricsContentType>;

/** They are registered by hand: none is for everybody. */
const registers: [] = [];

const BREAKER_LABELS = ['service', 'breaker'];

/** Registers metrics that have a value for each breaker. */
function ofBreakers(registry: Metrics, service: string, { breakers }: Observed) {
  const labelNames = BREAKER_LABELS;
  const listed = () =>
    tellingBreakers(breakers).map(({ name, stats }) => ({
      labels: { service, breaker: name },
      stats,
    }));
  const gauge = (
    name: string,
    help: string,
    value: (stats: CircuitBreakerStats) => number | undefined,
  ) =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const { labels, stats } of listed()) {
            const shown = value(stats);
            if (shown !== undefined) this.set(labels, shown);
          }
        },
      }),
    );
  const total = (
    name: string,
    help: string,
    value: (stats: CircuitBreakerStats) => number | undefined,
  ) =>
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const { labels, stats } of listed()) {
            const shown = value(stats);
            if (shown !== undefined) this.inc(labels, shown);
          }
        },
      }),
    );
  return { listed, gauge, total };
}

function observeBreakers(registry: Metrics, service: string, observed: Observed): void {
  const { listed, gauge, total } = ofBreakers(registry, service, observed);
  gauge('circuit_breaker_state', '0 closed, 1 open, 2 half-open', ({ state }) => STATES[state]);
  gauge(
    'circuit_breaker_failure_ratio',
    'Failures among the calls of its window; while it is not closed, of what opened it',
    ({ failureRate }) => failureRate,
  );
  total('circuit_breaker_failures_total', 'Calls that failed, time-outs included', (stats) => {
    return stats.failureCount;
  });
  total('circuit_breaker_rejections_total', 'Calls that were refused', (stats) => {
    return stats.rejectedCount;
  });
  gauge(
    'circuit_breaker_fleet_state',
    'As circuit_breaker_state, of the fleet that shares it; absent before its row was read',
    (stats) => {
      const state = fleetOf(stats)?.state;
      return state && STATES[state];
    },
  );
  gauge(
    'circuit_breaker_fleet_pass_ratio',
    'Calls that the fleet lets pass: a part of them after it has closed',
    (stats) => ratioOf(fleetOf(stats)?.passPercent) ?? undefined,
  );
  total(
    'circuit_breaker_fleet_store_failures_total',
    'Reads and writes that the table of the fleet did not answer as asked: this process went on by itself',
    (stats) => (isShared(stats) ? stats.storeFailures : undefined),
  );
  registry.registerMetric(
    new Counter({
      name: 'circuit_breaker_calls_total',
      help: 'Calls that passed and were counted, by how they ended',
      labelNames: [...BREAKER_LABELS, 'outcome'],
      registers,
      collect() {
        this.reset();
        for (const { labels, stats } of listed()) {
          for (const [outcome, of] of Object.entries(OUTCOMES)) {
            this.inc({ ...labels, outcome }, of(stats));
          }
        }
      },
    }),
  );
}

function observeCompanions(registry: Metrics, service: string, { companions }: Observed): void {
  const gauge = <Kind extends CompanionKind>(
    kind: Kind,
    label: string,
    name: string,
    help: string,
    value: (stats: ListedCompanion<Kind>['stats']) => number,
  ) =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ['service', label],
        registers,
        collect() {
          this.reset();
          for (const { name: own, stats } of companions.list(kind)) {
            this.set({ service, [label]: own }, value(stats));
          }
        },
      }),
    );
  gauge('bulkhead', 'bulkhead', 'bulkhead_running', 'Calls that hold a place', (stats) => {
    return stats.running;
  });
  gauge('bulkhead', 'bulkhead', 'bulkhead_queued', 'Calls that wait for a place', (stats) => {
    return stats.queued;
  });
  gauge(
    'retryBudget',
    'budget',
    'retry_budget_remaining',
    'Retries that are allowed now',
    ({ remaining }) => remaining,
  );
  gauge(
    'rateLimiter',
    'limiter',
    'rate_limiter_tokens',
    'Calls that are let through at once; below 0 as many wait',
    ({ tokens }) => tokens,
  );
}

function observeLevels(registry: Metrics, { levels }: Observed): void {
  const gauge = (name: string, help: string, value: (it: MonitoredLevel) => number | null) =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ['scope'],
        registers,
        async collect() {
          const seen = Object.entries(await levels());
          this.reset();
          for (const [scope, it] of seen) {
            const shown = value(it);
            if (shown !== null) this.set({ scope }, shown);
          }
        },
      }),
    );
  gauge(
    'service_level',
    '1 full, 2 degraded, 3 maintenance; absent where it cannot be read',
    ({ level }) => level,
  );
  gauge(
    'service_window_requests',
    'Requests in the window that the level is judged by; absent under a policy that counts',
    ({ window }) => window?.requests ?? null,
  );
  gauge('service_window_error_ratio', 'Errors among them; absent without requests', ({ window }) =>
    ratioOf(window?.errorPercent),
  );
  gauge(
    'service_sampled_ratio',
    'Outcomes that are counted among all, where errors are remembered',
    ({ window }) => (window === undefined ? null : 1 / window.sampleOneIn),
  );
  gauge(
    'service_ordinary_error_ratio',
    'Errors that are ordinary for the scope, as it has learned; absent where it has not',
    ({ window }) => ratioOf(window?.ordinaryPercent),
  );
  gauge(
    'service_ramp_ratio',
    'Requests that the full face serves at level 2; absent elsewhere',
    ({ ramp }) => (ramp === undefined ? null : ratioOf(ramp.percent ?? 0)),
  );
}

function ratioOf(percent: number | null | undefined): number | null {
  return percent === null || percent === undefined ? null : percent / 100;
}

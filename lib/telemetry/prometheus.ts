/** The meters of a process that Prometheus scrapes, and what it gets when it does. */
import { Counter, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import type { EventName } from './telemetry.ts';
import type { Meters, ServedRequest } from './meters.ts';
import { LabelBound } from './label-bound.ts';
import { observeWithPrometheus } from './prometheus-gauges.ts';
import type { Observed } from './monitors.ts';
import { asPlainText } from './plain-exposition.ts';

/** What a scrape gets. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** Meters that can be scraped. */
export interface PrometheusMeters {
  readonly meters: Meters;
  /** Shows at each scrape what is looked at then; to be called once. */
  readonly observe: (observed: Observed) => void;
  /** @param accept What the scraper takes: OpenMetrics, with its exemplars, where it says so. */
  readonly expose: (accept: string) => Promise<Exposition>;
}

/** From 5 ms to 10 s; a face has 9 s. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Events that are one counter of a scope each; LevelChanged and ProbeResult have labels of their own. */
const COUNTED = {
  StaleOutcome: [
    'service_stale_outcomes_total',
    'Outcomes of another epoch, which were not applied',
  ],
  StateReadFailed: ['service_fail_open_total', 'Requests and ticks whose level could not be read'],
  MutatorFailed: ['service_mutator_failures_total', 'Outcomes that may not have been counted'],
  PolicyIgnored: ['service_policies_ignored_total', 'Row policies that do not validate'],
  ReplicaBehind: [
    'service_replicas_behind_total',
    'Read replicas of a level that could not be told of it',
  ],
  AnnounceFailed: [
    'service_announcements_failed_total',
    'Level changes that were not told at once',
  ],
} as const satisfies Partial<Record<EventName, readonly [name: string, help: string]>>;

/**
 * Makes them, in a registry of their own.
 *
 * @param service The value of the label `service`.
 */
export function prometheusMeters(service: string): PrometheusMeters {
  // OpenMetrics alone: the library renames counters for it, for good.
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const instruments = instrumentsOf(registry);
  return {
    meters: metersOn(instruments, service),
    observe(observed) {
      observeWithPrometheus(registry, service, observed);
      // A counter that begins at 1 has no rate of its first event.
      for (const scope of observed.scopes) {
        for (const each of Object.values(instruments.counted)) each.inc({ scope }, 0);
      }
    },
    expose: async (accept) => {
      const body = await registry.metrics();
      return /application\/openmetrics-text/.test(accept)
        ? { contentType: Registry.OPENMETRICS_CONTENT_TYPE, body }
        : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body: asPlainText(body) };
    },
  };
}

type Instruments = ReturnType<typeof instrumentsOf>;

function instrumentsOf(registry: Registry<OpenMetricsContentType>) {
  const registers = [registry];
  const counter = (name: string, help: string, ...labelNames: readonly string[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  return {
    requests: counter(
      'service_requests_total',
      'Requests to the service that were answered',
      ...REQUEST_LABELS,
    ),
    duration: new Histogram({
      name: 'service_request_duration_seconds',
      help: 'How long requests to the service took, from the head of the request to the end of the answer',
      labelNames: [...REQUEST_LABELS],
      buckets: BUCKETS_S,
      enableExemplars: true,
      registers,
    }),
    transitions: counter(
      'service_transitions_total',
      'Epochs that began, also at one level',
      'scope',
      'from',
      'to',
      'reason',
    ),
    probes: counter('service_probes_total', 'Probes of the degraded face', 'scope', 'result'),
    retries: counter(
      'retry_attempts_total',
      'Further attempts of an operation',
      'service',
      'operation',
    ),
    storeErrors: counter(
      'service_store_errors_total',
      'Requests that the level table did not answer as asked',
      'operation',
      'code',
    ),
    counted: Object.fromEntries(
      Object.entries(COUNTED).map(([event, [name, help]]) => [event, counter(name, help, 'scope')]),
    ) as Readonly<Record<string, Counter>>,
  };
}

const REQUEST_LABELS = ['scope', 'level', 'code'] as const;

function metersOn(instruments: Instruments, service: string): Meters {
  const { transitions, probes, retries, storeErrors, counted } = instruments;
  const bound = new LabelBound();
  return {
    served: (request) => tellServed(instruments, bound, request),
    counted(event, scope, value, detail) {
      if (event === 'LevelChanged') {
        // Whoever pins a level gives the reason in words of their own.
        const reason = bound.value('reason', String(detail['reason']));
        transitions.inc({ scope, ...detail, reason }, value);
      } else if (event === 'ProbeResult') {
        probes.inc({ scope, result: value === 1 ? 'success' : 'error' });
      } else {
        counted[event]?.inc({ scope }, value);
      }
    },
    retried: (operation) =>
      retries.inc({ service, operation: bound.value('operation', operation) }),
    storeFailed: (operation, code) =>
      storeErrors.inc({ operation, code: bound.value('error', code) }),
  };
}

function tellServed(
  { requests, duration }: Instruments,
  bound: LabelBound,
  { scope, level, code, durationMs, traceId }: ServedRequest,
): void {
  const labels = {
    scope,
    level: level === null ? 'none' : String(level),
    code: code === null ? 'none' : bound.value('code', String(code)),
  };
  requests.inc(labels);
  duration.observe({
    labels,
    value: durationMs / 1_000,
    // They are no labels of the metric, as their type would have it.
    ...(traceId !== undefined && { exemplarLabels: { trace_id: traceId } as object }),
  });
}

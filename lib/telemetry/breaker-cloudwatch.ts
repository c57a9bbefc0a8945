/** Breaker metrics of a process that lives on: PutMetricData each minute. */
import { startTimer, stopTimer, warn, type Timer } from '../breaker/host.ts';
import { sharedRegistry, type BreakerRegistry } from '../breaker/vocabularies/registry.ts';
import {
  BREAKER_METRICS,
  BREAKER_NAMESPACE,
  BreakerWatch,
  type BreakerMetricName,
  type BreakerSamples,
} from './breaker-metrics.ts';

/** A value as PutMetricData takes it. */
export interface MetricDatum {
  readonly MetricName: string;
  readonly Value: number;
  readonly Unit: 'Percent' | 'Count';
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

/** Where they go. */
export interface MetricSink {
  /** Takes all of them, at most 401 (PutMetricData takes 1,000), or rejects. */
  put(namespace: string, data: readonly MetricDatum[]): Promise<void>;
}

export interface BreakerMetricsOptions {
  /** CircuitBreaker/Breakers by default. */
  readonly namespace?: string;
  /** What tells this service apart from others of the account, beside Service and State; nothing by default. */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** Milliseconds from 1,000; 60,000 by default. */
  readonly everyMs?: number;
  /** Those of this process by default. */
  readonly registry?: BreakerRegistry;
  /** CloudWatch by the AWS SDK (`@aws-sdk/client-cloudwatch`), loaded by the first publication, by default. */
  readonly sink?: () => Promise<MetricSink>;
  /** Told of what could not be published. A warning of the process by default. */
  readonly onProblem?: (error: unknown) => unknown;
}

/** A publication that goes on. */
export interface BreakerMetricsPublisher {
  /** Publishes now. It never rejects. */
  flush(): Promise<void>;
  /** Publishes a last time, and no more. It never rejects. */
  stop(): Promise<void>;
}

const SHORTEST_MS = 1_000;

/**
 * Publishes `FailureRate` in percent by Service and State, `TotalRequests` and `RejectedRequests` of the
 * time since the last publication by Service (`StoreFailures`, too, of one that a fleet shares), and
 * `OpenBreakers`, of every listed breaker. Its timer keeps no process alive; what fails is told and not
 * repeated.
 *
 * @throws RangeError for another everyMs.
 */
export function startBreakerMetrics(options: BreakerMetricsOptions = {}): BreakerMetricsPublisher {
  const { namespace = BREAKER_NAMESPACE, dimensions = {}, everyMs = 60_000 } = options;
  const { registry = sharedRegistry(), sink = sdkSink, onProblem = warned } = options;
  if (!(everyMs >= SHORTEST_MS)) {
    throw new RangeError(`expected everyMs to be at least ${SHORTEST_MS}, got ${everyMs}`);
  }
  const watch = new BreakerWatch(registry);
  let opened: Promise<MetricSink> | null = null;
  let timer: Timer | null = null;
  let stopped = false;

  const flush = async (): Promise<void> => {
    try {
      const samples = watch.take();
      if (samples === null) return;
      opened ??= sink();
      const open = await opened;
      await open.put(namespace, dataOf(samples, dimensions));
    } catch (error) {
      opened = null;
      tell(onProblem, error);
    }
  };
  const again = (): void => {
    timer = startTimer(() => void flush().finally(() => stopped || again()), everyMs, true);
  };
  again();
  return {
    flush,
    async stop() {
      stopped = true;
      stopTimer(timer);
      await flush();
    },
  };
}

function dataOf(
  { breakers, openBreakers }: BreakerSamples,
  more: Readonly<Record<string, string>>,
): readonly MetricDatum[] {
  const datum = (
    name: BreakerMetricName,
    value: number,
    by: Readonly<Record<string, string>>,
  ): MetricDatum => {
    const { unit, dimensions } = BREAKER_METRICS[name];
    const own = dimensions.map((key) => [key, by[key] ?? ''] as const);
    return {
      MetricName: name,
      Value: value,
      Unit: unit,
      Dimensions: [...Object.entries(more), ...own].map(([Name, Value]) => ({ Name, Value })),
    };
  };
  const ofBreakers = breakers.flatMap(({ service, state, values }) =>
    Object.entries(values).map(([name, value]) =>
      datum(name as BreakerMetricName, value, { Service: service, State: state }),
    ),
  );
  return [...ofBreakers, datum('OpenBreakers', openBreakers, {})];
}

/** One attempt: the next minute tells what is new since then. */
async function sdkSink(): Promise<MetricSink> {
  const { CloudWatchClient, PutMetricDataCommand } =
    await import('@aws-sdk/client-cloudwatch').catch((cause: unknown) => {
      throw new Error('expected @aws-sdk/client-cloudwatch to be installed', { cause });
    });
  const client = new CloudWatchClient({ maxAttempts: 1 });
  return {
    async put(Namespace, data) {
      const MetricData = data.map((datum) => ({ ...datum, Dimensions: [...datum.Dimensions] }));
      await client.send(new PutMetricDataCommand({ Namespace, MetricData }));
    },
  };
}

function tell(onProblem: (error: unknown) => unknown, error: unknown): void {
  try {
    const told = onProblem(error);
    if (told instanceof Promise) told.catch(() => {});
  } catch {
    // Who is told changes nothing.
  }
}

function warned(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  warn(`breaker metrics were not published: ${why}`, error);
}

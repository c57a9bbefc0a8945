/** The metrics that the functions really emit: each is run as Lambda runs it, and its log is read. */
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';
import { createHandler as alarmProcessor } from '../../functions/alarm-processor.ts';
import { createHandler as degradedService } from '../../functions/degraded-service.ts';
import { createHandler as fullService } from '../../functions/full-service.ts';
import { createHandler as maintenanceService } from '../../functions/maintenance-service.ts';
import { createHandler as mutator } from '../../functions/mutator.ts';
import { requestText } from '../services/requests.ts';
import { BreakerRegistry } from '../../lib/breaker/index.ts';
import { createExternalServiceCircuitBreaker } from '../../lib/entries/service.ts';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { breakerEmf } from '../../lib/telemetry/breaker-emf.ts';
import { powertoolsTelemetry } from '../../lib/telemetry/powertools.ts';
import { givenLevelRuntime, OUTCOME, SCOPES } from '../functions/events.ts';

interface Emf {
  readonly [field: string]: unknown;
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** Every metric with its dimensions, as `namespace name Key=value,…`. */
export async function emittedMetrics(stage: string): Promise<ReadonlySet<string>> {
  const lines: string[] = [];
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  try {
    const telemetry = powertoolsTelemetry({ stage, logLevel: 'silent' });
    for (const scope of Object.keys(SCOPES)) await runAll(scope, telemetry);
    lines.push(...(await breakerLines(stage)));
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
  }
  return new Set(lines.flatMap((line) => keysOf(JSON.parse(line) as Emf)));
}

/** What a face with a breaker writes when its event has ended. */
async function breakerLines(stage: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const registry = new BreakerRegistry();
  createExternalServiceCircuitBreaker('orders', undefined, registry);
  const store = { read: async () => undefined, write: async () => null };
  const shared = new SharedCircuitBreaker({
    service: 'orders',
    operation: 'read',
    registry,
    store,
  });
  await shared.execute(async () => 'read');
  const clock = { monotonicMs: () => 0, nowMs: () => 0 };
  breakerEmf({ registry, stage, ...clock, write: (line) => lines.push(line) }).publish();
  return lines;
}

async function runAll(scope: string, telemetry: ReturnType<typeof powertoolsTelemetry>) {
  const { dynamo, runtime } = givenLevelRuntime();
  const level = { ...runtime, telemetry };
  dynamo.on(GetCommand).resolves({ Item: { currentLevel: 3, errorCount: 10, epoch: 2 } });
  dynamo.on(UpdateCommand).resolves({ Attributes: { currentLevel: 3, errorCount: 10, epoch: 2 } });
  const body = { status: 200 };
  const face = async () => ({ outcome: 'success', statusCode: 200, headers: {}, body }) as const;
  const service = { full: face, degraded: face, maintenance: face, probe: async () => 'success' };
  const faces = {
    services: { [scope]: service as never },
    telemetry,
    clock: { monotonicMs: () => 0 },
    random: () => 0.5,
  };
  const request = requestText({});
  for (const [index, serve] of [fullService, degradedService, maintenanceService].entries()) {
    await serve(faces)({
      scope,
      executionId: 'x-1',
      failOpen: false,
      readLevel: index + 1,
      request,
    });
  }
  const open = { scope, executionId: 'x-2', failOpen: true, readLevel: 1, request };
  await fullService(faces)(open);
  const probe = { ...OUTCOME, scope, readLevel: 3, servedLevel: 3, result: 'success' } as const;
  await mutator(level)(probe);
  await mutator(level)({ ...probe, kind: 'tick', durationMs: null });
  dynamo.on(UpdateCommand).rejects(new Error('no table'));
  await mutator(level)(probe).catch(() => {});
  await alarmProcessor({ ...level, alarmNamed: () => undefined })({
    Records: [{ messageId: '1', body: 'poison' }],
  });
}

function keysOf({ _aws: aws, ...fields }: Emf): string[] {
  return aws.CloudWatchMetrics.flatMap(
    ({ Namespace: namespace, Dimensions: sets, Metrics: metrics }) =>
      metrics.flatMap(({ Name: name }) =>
        sets.map((set) => {
          const given = set.map((key) => `${key}=${String(fields[key])}`);
          return `${namespace} ${name} ${given.toSorted().join(',')}`;
        }),
      ),
  );
}

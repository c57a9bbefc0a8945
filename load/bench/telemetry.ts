/** `npm run bench:telemetry`: the CPU that a healthy request pays for traces and meters where no SDK is set up. */
import { prometheusMeters } from '../../lib/telemetry/prometheus.ts';
import { otelMeters } from '../../lib/telemetry/otel-meters.ts';
import { metersOf } from '../../lib/telemetry/meters.ts';
import { traced } from '../../lib/telemetry/traced.ts';
import { carrierOf, contextOf, inSpan } from '../../lib/telemetry/tracing.ts';
import { machineLine } from './report.ts';

const CALLS = 200_000;
const RUNS = 5;

const SERVED = {
  scope: 'default',
  route: '/service-api',
  method: 'POST',
  level: 1,
  code: 200,
  durationMs: 12,
} as const;
const EVENT = { scope: 'default', executionId: 'x-1', readLevel: 1, trace: {} };
const SERVER = 1;

const answer = { outcome: 'success', statusCode: 200 };
const face = async (_event: unknown) => answer;
const tracedFace = traced('full-service', face);

/** What the edge does around an execution. */
const edge = (work: () => Promise<unknown>) => {
  const attributes = { 'http.request.method': 'POST', 'http.route': '/service-api' };
  const start = { kind: SERVER, attributes, parent: contextOf({}) };
  return inSpan('POST /service-api', start, async (span) => {
    const trace = { ...carrierOf() };
    const result = await work();
    span.setAttribute('http.response.status_code', 200);
    return [result, trace];
  });
};

const { meters: prometheus } = prometheusMeters('bench');
const otel = metersOf([otelMeters()]);

const CASES: Readonly<Record<string, () => unknown>> = {
  'a face alone': () => face(EVENT),
  'edge and face, traced': () => edge(() => tracedFace(EVENT)),
  'OpenTelemetry meters': () => otel.served(SERVED),
  'Prometheus meters': () => prometheus.served(SERVED),
};

/** Nanoseconds of CPU a call: the clock of the wall would count other processes, too. */
async function cpuOf(call: () => unknown): Promise<number> {
  const from = process.cpuUsage();
  for (let index = 0; index < CALLS; index += 1) await call();
  const { user, system } = process.cpuUsage(from);
  return ((user + system) * 1_000) / CALLS;
}

console.log(`${machineLine()}; median of ${RUNS}, ns of CPU a call\n`);
for (const [name, call] of Object.entries(CASES)) {
  const runs: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) runs.push(await cpuOf(call));
  // The first run compiles.
  const sorted = runs.slice(1).toSorted((a, b) => a - b);
  console.log(`${name.padEnd(24)} ${Math.round(sorted[Math.floor(RUNS / 2)] ?? 0)}`);
}

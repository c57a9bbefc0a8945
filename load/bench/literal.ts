/** `npm run bench:literal`: what a request costs by the literal workflow, by this one and by the guard, on one engine. */
import { readFile } from 'node:fs/promises';
import { createHandler as degradedService } from '../../functions/degraded-service.ts';
import { createHandler as fullService } from '../../functions/full-service.ts';
import { createHandler as maintenanceService } from '../../functions/maintenance-service.ts';
import { createHandler as mutator } from '../../functions/mutator.ts';
import { withLevels } from '../../lib/guard/lambda.ts';
import { production } from '../../lib/level/policy.ts';
import type { Engine } from '../../lib/local/engine.ts';
import { createInterpreterEngine, type LambdaHandler } from '../../lib/local/interpreter-engine.ts';
import { createLog } from '../../lib/local/log.ts';
import { openTable } from '../../lib/local/table.ts';
import { systemClock } from '../../lib/runtime/clock.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { createLevelRuntime } from '../../lib/runtime/level-runtime.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { createDemoService } from '../../lib/services/demo.ts';
import { BILLED_MS, PRICES } from '../../lib/simulation/dollars.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { startProgress } from '../progress.ts';
import { LITERAL_MACHINE, literalFunctions, NEVER } from './literal-machine.ts';
import { machineLine, median, updateBlock } from './report.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const ASL = new URL('../../statemachines/service-resiliency.asl.json', import.meta.url);
const TABLE = 'Levels';
const ROUNDS = 5;
const REQUESTS = 300;
/** One request in so many fails. */
const WORKLOADS = [
  { title: 'healthy', oneIn: Infinity },
  { title: '1 % errors', oneIn: 100 },
] as const;

interface Counts {
  invocations: number;
  billedMs: number;
  reads: number;
  writes: number;
}

interface Form {
  readonly name: string;
  readonly counts: Counts;
  readonly isExpress: boolean;
  request(isError: boolean): Promise<void>;
}

const noCounts = (): Counts => ({ invocations: 0, billedMs: 0, reads: 0, writes: 0 });

const telemetry = createLog({ level: 'silent', pretty: false });
const table = await openTable({ tableName: TABLE, region: 'us-east-1' });
const service = createDemoService({ faultSwitch: true });

/** A client whose operations are counted for one form. */
function clientFor(counts: Counts) {
  const client = createDocumentClient(table.connection);
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        if (commandName.startsWith('Get')) counts.reads += 1;
        if (commandName.startsWith('Update')) counts.writes += 1;
        return next(args);
      },
    { step: 'initialize' },
  );
  return client;
}

function counted(
  counts: Counts,
  functions: Readonly<Record<string, LambdaHandler>>,
): Readonly<Record<string, LambdaHandler>> {
  const isPlain = (name: string) => name.endsWith('service');
  return Object.fromEntries(
    Object.entries(functions).map(([name, handle]) => [
      name,
      (payload: unknown) => {
        counts.invocations += 1;
        counts.billedMs += isPlain(name) ? BILLED_MS.face : BILLED_MS.mutator;
        return handle(payload);
      },
    ]),
  );
}

function inputOf(isError: boolean): WorkflowInput {
  return {
    kind: 'request',
    scope: 'default',
    stateKey: 'SYSTEM_STATE',
    receivedAt: Date.now(),
    failOpenLevel: 1,
    signals: 'direct',
    safe: false,
    bypass: false,
    deployed: deployedInput(production),
    trace: {},
    request: {
      method: 'POST',
      resource: '/service-api',
      pathParameters: {},
      query: {},
      headers: {},
      bodyText: JSON.stringify({ error: isError }),
    },
  };
}

const executing = (engine: Engine) => async (isError: boolean) => {
  const { status } = await engine.execute(inputOf(isError), 'bench');
  if (status !== 'SUCCEEDED') throw new Error(`expected an execution that succeeds, got ${status}`);
};

function literalForm(): Form {
  const counts = noCounts();
  const functions = counted(counts, literalFunctions(clientFor(counts), TABLE, service));
  const none = async () => ({});
  const targets = { functions, getItem: none, updateItem: none };
  const engine = createInterpreterEngine(LITERAL_MACHINE, targets, telemetry);
  return { name: 'the literal workflow', counts, isExpress: true, request: executing(engine) };
}

async function ownForm(): Promise<Form> {
  const counts = noCounts();
  const client = clientFor(counts);
  const runtime = createLevelRuntime({
    client,
    tableName: TABLE,
    policy: 'production',
    telemetry,
    clock: systemClock,
  });
  const face = {
    services: { default: service },
    telemetry,
    clock: systemClock,
    random: Math.random,
  };
  const functions = counted(counts, {
    'full-service': fullService(face),
    'degraded-service': degradedService(face),
    'maintenance-service': maintenanceService(face),
    mutator: mutator(runtime),
  });
  const direct = (operation: string, name: 'reads' | 'writes') => (input: unknown) => {
    counts[name] += 1;
    return table.call(operation, { ...(input as object), TableName: TABLE });
  };
  const targets = {
    functions,
    getItem: direct('GetItem', 'reads'),
    updateItem: direct('UpdateItem', 'writes'),
  };
  const definition: unknown = JSON.parse(await readFile(ASL, 'utf8'));
  const engine = createInterpreterEngine(definition, targets, telemetry);
  return { name: 'this workflow', counts, isExpress: true, request: executing(engine) };
}

function guardForm(): Form {
  const counts = noCounts();
  const store = new DynamoLevelStore(clientFor(counts), TABLE);
  const serve = (face: 'full' | 'degraded') => async (event: { readonly bodyText: string }) => {
    const body: unknown = JSON.parse(event.bodyText);
    const given = { ...inputOf(false).request, body } as never;
    const { statusCode } = await service[face](given, NEVER);
    return { statusCode };
  };
  const handle = withLevels({
    store,
    full: serve('full'),
    degraded: serve('degraded'),
    probe: () => 'none',
  });
  return {
    name: 'the guard in its own function',
    counts,
    isExpress: false,
    async request(isError) {
      counts.invocations += 1;
      counts.billedMs += BILLED_MS.face;
      await handle(inputOf(isError).request, {});
    },
  };
}

/** Dollars per million requests: of functions and table alone, and of all. */
function dollarsOf({ counts, isExpress }: Form, requests: number) {
  const { invocations, billedMs, reads, writes } = counts;
  const each = (count: number) => count / requests;
  const own =
    each(invocations) * PRICES.invocation +
    each(billedMs) * PRICES.millisecond +
    each(reads) * PRICES.read +
    each(writes) * PRICES.write;
  return { own, all: own + PRICES.gateway + (isExpress ? PRICES.execution : 0) };
}

const requests = ROUNDS * REQUESTS;

/** What a form came to, beside the literal one. */
function rowOf(form: Form, base: Form, title: string, latencies: readonly number[]): string {
  const { name, counts } = form;
  const [own, floor] = [dollarsOf(form, requests), dollarsOf(base, requests)];
  const each = (count: number) => (count / requests).toFixed(3);
  const cells = [
    title,
    name,
    each(counts.invocations),
    each(counts.billedMs),
    each(counts.reads),
    each(counts.writes),
    median(latencies).toFixed(2),
    own.own.toFixed(3),
    (own.own / floor.own).toFixed(2),
    own.all.toFixed(2),
    (own.all / floor.all).toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

const progress = startProgress('bench:literal');
const lines: string[] = [];
for (const [index, { title, oneIn }] of WORKLOADS.entries()) {
  progress.at(index, WORKLOADS.length, title);
  const literal = literalForm();
  const forms = [literal, await ownForm(), guardForm()];
  const latencies = new Map<Form, number[]>(forms.map((form) => [form, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const form of forms) {
      for (let request = 1; request <= REQUESTS; request += 1) {
        const beganMs = performance.now();
        await form.request(request % oneIn === 0);
        latencies.get(form)?.push(performance.now() - beganMs);
      }
    }
  }
  lines.push(...forms.map((form) => rowOf(form, literal, title, latencies.get(form) ?? [])));
}
progress.end();
await table.close();

const text = [
  `${machineLine()}; ${requests} requests each, in ${ROUNDS} rounds, level 1, policy \`production\`.`,
  '',
  '| requests | form | invocations | billed ms | reads | writes | median ms on this engine | functions and table, $ per million | Ratio | all, $ per million | Ratio |',
  '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
  ...lines,
].join('\n');
process.stdout.write(`${text}\n`);
if (process.argv.includes('--write')) await updateBlock(BENCHMARKS, 'literal', text);

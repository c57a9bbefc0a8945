/** The forms that `npm run bench:literal` compares, each with what it asks of functions and of the table, counted. */
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
import type { EmbeddedTable } from '../../lib/local/table.ts';
import { systemClock } from '../../lib/runtime/clock.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { createLevelRuntime } from '../../lib/runtime/level-runtime.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { createDemoService } from '../../lib/services/demo.ts';
import { BILLED_MS, PRICES } from '../../lib/simulation/dollars.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { LITERAL_MACHINE, literalFunctions, NEVER, storedBreaker } from './literal-machine.ts';

const ASL = new URL('../../statemachines/service-resiliency.asl.json', import.meta.url);

/** What a form has asked for. */
export interface Counts {
  invocations: number;
  billedMs: number;
  reads: number;
  writes: number;
}

/** One way to serve a request. */
export interface Form {
  readonly name: string;
  readonly counts: Counts;
  /** Whether a request is an execution of its own. */
  readonly isExpress: boolean;
  request(isError: boolean): Promise<void>;
}

const noCounts = (): Counts => ({ invocations: 0, billedMs: 0, reads: 0, writes: 0 });

const telemetry = createLog({ level: 'silent', pretty: false });
const service = createDemoService({ faultSwitch: true });

/** A client whose operations are counted for one form. */
function clientFor(counts: Counts, { connection }: EmbeddedTable) {
  const client = createDocumentClient(connection);
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

/** One invocation: of a function that serves by itself, or that has the SDK to ask the table as well. */
function invoked(counts: Counts, kind: keyof typeof BILLED_MS): void {
  counts.invocations += 1;
  counts.billedMs += BILLED_MS[kind];
}

function counted(
  counts: Counts,
  functions: Readonly<Record<string, LambdaHandler>>,
): Readonly<Record<string, LambdaHandler>> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, handle]) => [
      name,
      (payload: unknown) => {
        invoked(counts, name.endsWith('service') ? 'face' : 'mutator');
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
    readReplicas: 0,
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

/** A face of the demo, as a function of one's own has it. */
const serve = (face: 'full' | 'degraded') => async (event: { readonly bodyText: string }) => {
  const body: unknown = JSON.parse(event.bodyText);
  const given = { ...inputOf(false).request, body } as never;
  const { statusCode } = await service[face](given, NEVER);
  return { statusCode };
};

const executing = (engine: Engine) => async (isError: boolean) => {
  const { status } = await engine.execute(inputOf(isError), 'bench');
  if (status !== 'SUCCEEDED') throw new Error(`expected an execution that succeeds, got ${status}`);
};

/** The first source's: three functions around each request. */
export function literalForm(table: EmbeddedTable, tableName: string): Form {
  const counts = noCounts();
  const client = clientFor(counts, table);
  const functions = counted(counts, literalFunctions(client, tableName, service));
  const none = async () => ({});
  const targets = { functions, getItem: none, updateItem: none };
  const engine = createInterpreterEngine(LITERAL_MACHINE, targets, telemetry);
  return { name: 'the literal workflow', counts, isExpress: true, request: executing(engine) };
}

/** The workflow of statemachines/. */
export async function ownForm(table: EmbeddedTable, tableName: string): Promise<Form> {
  const counts = noCounts();
  const runtime = createLevelRuntime({
    client: clientFor(counts, table),
    tableName,
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
    return table.call(operation, { ...(input as object), TableName: tableName });
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

/** The ladder around a handler: no execution, and a copy of the row. */
export function guardForm(table: EmbeddedTable, tableName: string): Form {
  const counts = noCounts();
  const handle = withLevels({
    store: new DynamoLevelStore(clientFor(counts, table), tableName),
    full: serve('full'),
    degraded: serve('degraded'),
    probe: () => 'none',
  });
  return {
    name: 'the guard in its own function',
    counts,
    isExpress: false,
    async request(isError) {
      invoked(counts, 'face');
      await handle(inputOf(isError).request, {});
    },
  };
}

/** A function with a breaker that asks the table before each call, and tells it after. */
export function storedBreakerForm(table: EmbeddedTable, tableName: string): Form {
  const counts = noCounts();
  const full = serve('full');
  const around = storedBreaker(clientFor(counts, table), tableName);
  return {
    name: 'a function with circuitbreaker-lambda',
    counts,
    isExpress: false,
    async request(isError) {
      invoked(counts, 'mutator');
      await around(async () => (await full(inputOf(isError).request)).statusCode < 500);
    },
  };
}

/**
 * Dollars per million requests.
 *
 * @returns `own`: functions and table; `total`: with Express, where a request is an execution; `all`: with
 *   API Gateway's REST API before it.
 */
export function dollarsOf({ counts, isExpress }: Form, requests: number) {
  const { invocations, billedMs, reads, writes } = counts;
  const own =
    (invocations * PRICES.invocation +
      billedMs * PRICES.millisecond +
      reads * PRICES.read +
      writes * PRICES.write) /
    requests;
  const total = own + (isExpress ? PRICES.execution : 0);
  return { own, total, all: total + PRICES.gateway };
}

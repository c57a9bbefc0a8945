/** The whole service in one process: table, engine, functions, front and tick, put together. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SFNClient } from '@aws-sdk/client-sfn';
import { parse as parseYaml } from 'yaml';
import { createHandler as control } from '../../functions/control.ts';
import { createHandler as degradedService } from '../../functions/degraded-service.ts';
import { createHandler as fullService } from '../../functions/full-service.ts';
import { createHandler as getState } from '../../functions/get-state.ts';
import { createHandler as health } from '../../functions/health.ts';
import { createHandler as maintenanceService } from '../../functions/maintenance-service.ts';
import { createHandler as mutator } from '../../functions/mutator.ts';
import { createHealthCheckHandler } from '../health/handler.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Config } from '../runtime/config.ts';
import { contractOf } from '../runtime/contract.ts';
import { createInstances } from '../runtime/discovery-runtime.ts';
import { createLevelReader, createStageHealth } from '../runtime/health-runtime.ts';
import { createLevelRuntime, type LevelRuntime } from '../runtime/level-runtime.ts';
import {
  readerBelow,
  readMaintenanceAnswers,
  tryMaintenanceAnswers,
} from '../runtime/maintenance-answers.ts';
import { readControlPrefix } from '../runtime/own-paths.ts';
import { readScopes, servedScopes, type Scopes } from '../runtime/scopes.ts';
import { systemChance } from '../runtime/simulation.ts';
import { readCredential } from '../runtime/upstream-runtime.ts';
import { memoryLastGood } from '../services/last-good-memory.ts';
import { createServices } from '../services/registry.ts';
import { sharedOn } from '../services/upstream-shared.ts';
import { DynamoBreakerStore } from '../store/dynamo-breaker-store.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { createAwsEngine, findStateMachine } from './aws-engine.ts';
import { awsRegion } from './aws-region.ts';
import type { Engine } from './engine.ts';
import { StartError } from './errors.ts';
import { createFront } from './front.ts';
import { createInterpreterEngine, type LambdaHandler } from './interpreter-engine.ts';
import { createLocalEvents } from './level-events.ts';
import type { Limits } from './limits.ts';
import type { LocalTelemetry } from './log.ts';
import { createLivePage, type LivePage } from './page/live-page.ts';
import { createMonitoring, type Monitoring } from './monitoring.ts';
import { flushAtEnd } from '../runtime/flush-otel.ts';
import { withStorage } from './storage-status.ts';
import type { EmbeddedTable } from './table.ts';
import { openTables } from './tables.ts';
import type { OpenApi } from './service-routes.ts';
import { servesOf } from './serves.ts';
import { startTicks } from './tick.ts';

/** A running server. */
export interface Server {
  /** Where it answers, for example `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The services that it serves. */
  readonly scopes: Scopes;
  /** The table in this process; null with the aws engine. */
  readonly table: EmbeddedTable | null;
  /** Stops accepting, finishes what is in flight, lets the folder go. */
  close(): Promise<void>;
}

/** Where the workflow runs: in this process, or deployed. */
export type EngineName = 'local' | 'aws';

const ASL_FILE = new URL('../../statemachines/service-resiliency.asl.json', import.meta.url);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE_FILE = new URL('../../package.json', import.meta.url);
const OPENAPI_FILE = new URL('../../docs/openapi.yaml', import.meta.url);

/**
 * Starts the server.
 *
 * @param options.dataDir Where the table lives; null keeps it in memory.
 * @param options.file What services.json holds; by default what it does.
 * @throws StartError with a message for the user.
 */
export async function startServer(
  given: Omit<Config, 'dataDir' | 'logLevel'> & {
    readonly dataDir: string | null;
    readonly engine: EngineName;
    readonly file?: unknown;
    readonly limits: Limits;
    readonly telemetry: LocalTelemetry;
  },
): Promise<Server> {
  const monitoring = createMonitoring(`resilient-service-${given.stage}`, given.telemetry);
  const { telemetry } = monitoring;
  const options = { ...given, telemetry, monitoring, version: await versionOf(given) };
  const { limits } = given;
  const controlPrefix = readControlPrefix();
  const backend =
    options.engine === 'aws' ? await awsBackend(options) : await localBackend(options);
  const { runtime, engine, table } = backend;
  const scopes = Object.keys(runtime.scopes);
  monitoring.observe({ version: options.version, scopes, levels: createLevelReader(runtime) });
  const proxies = proxiesOf(options, backend);
  const page = await pageOf(options, backend, proxies.getState);
  const front = createFront({
    engine: page.engine,
    page,
    proxies,
    openapi: contractOf(
      parseYaml(await readFile(OPENAPI_FILE, 'utf8'), { merge: true }) as OpenApi,
      runtime.scopes,
      controlPrefix,
    ),
    scopes: runtime.scopes,
    controlPrefix,
    policyOf: runtime.deployedPolicyOf,
    sharedIdempotency: options.sharedIdempotency,
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    failOpenLevel: options.failOpenLevel,
    limits,
    clock: systemClock,
    telemetry,
    meters: monitoring.meters,
    metrics: monitoring,
  });
  try {
    await front.listen({ port: options.port, host: options.host, backlog: limits.maxConnections });
  } catch (error) {
    await backend.close();
    throw describeListenError(error as NodeJS.ErrnoException, options);
  }
  const stopTicks = startTicks({
    engine,
    scopes: runtime.scopes,
    policyOf: runtime.deployedPolicyOf,
    clock: systemClock,
    everyMs: table === null ? 0 : options.tickSeconds * 1_000,
    failOpenLevel: options.failOpenLevel,
  });
  return {
    url: reachable(front.listeningOrigin),
    scopes: runtime.scopes,
    table,
    async close() {
      await front.close();
      await stopTicks();
      await backend.close();
      await flushAtEnd();
    },
  };
}

async function pageOf(
  { engine: place, stage, faultSwitch, apiKey }: Options,
  { engine, runtime }: Backend,
  getStatus: LambdaHandler,
): Promise<LivePage> {
  const definition = JSON.parse(await readFile(ASL_FILE, 'utf8')) as unknown;
  const canBreak = faultSwitch && stage !== 'prod';
  const parts = { engine, runtime, definition, place, stage, canBreak, clock: systemClock };
  const key = apiKey === undefined ? {} : { apiKey };
  const placed = { ...key, controlPrefix: readControlPrefix() };
  return createLivePage({ ...parts, ...placed, getState: getStatus });
}

/** The functions that the gateway calls for an operator and for a monitor. */
function proxiesOf(options: Options, backend: Backend) {
  const { runtime } = backend;
  return {
    getState: withStorage(getState(runtime), () => backend.problems()),
    control: control(runtime),
    health: health(createHealthCheckHandler(stageHealth(options, runtime))),
  };
}

interface Backend {
  readonly runtime: LevelRuntime;
  readonly engine: Engine;
  readonly table: EmbeddedTable | null;
  /** What is wrong with the folder that the tables are kept in. */
  problems(): Promise<readonly string[]>;
  close(): Promise<void>;
}

type Options = Parameters<typeof startServer>[0] & {
  readonly monitoring: Monitoring;
  readonly version: string;
};

async function localBackend(options: Options): Promise<Backend> {
  const { tableName, telemetry } = options;
  const maintenance = readMaintenanceAnswers(options.stage, options.file);
  const readText = readerBelow(ROOT);
  await tryMaintenanceAnswers(maintenance, readText);
  const told = createLocalEvents(options);
  const { table, bank, folder } = await openTables(options);
  const client = createDocumentClient(table.connection);
  const scopes = servedScopes(readScopes(options.stage, options.file), options);
  const runtime = createLevelRuntime({
    ...options,
    scopes,
    client,
    clock: systemClock,
    events: told.events,
    meters: options.monitoring.meters,
  });
  const lastGood = memoryLastGood(systemClock);
  const services = await createServices(servesOf(scopes, options), {
    ...options,
    maintenance,
    readText,
    accounts: async () => bank.accounts,
    clock: systemClock,
    chance: systemChance,
    monitors: options.monitoring,
    instances: createInstances(),
    share: sharedOn({ store: new DynamoBreakerStore(client, tableName) }),
    lastGood: async () => lastGood,
    readCredential,
    carriesBinary: false,
  });
  const face = { services, telemetry, clock: systemClock, random: systemChance.random };
  const functions = {
    'full-service': fullService(face),
    'degraded-service': degradedService(face),
    'maintenance-service': maintenanceService(face),
    mutator: mutator(runtime),
  };
  const definition: unknown = JSON.parse(await readFile(ASL_FILE, 'utf8'));
  // The file names the table by its logical id; CloudFormation puts the name there on AWS.
  const onTable = (operation: string) => (input: unknown) =>
    table.call(operation, { ...(input as object), TableName: tableName });
  const targets = { functions, getItem: onTable('GetItem'), updateItem: onTable('UpdateItem') };
  return {
    runtime,
    engine: createInterpreterEngine(definition, targets, telemetry),
    table,
    problems: async () => (await folder?.problems()) ?? [],
    async close() {
      await told.close();
      client.destroy();
      await table.close();
      await bank.close();
      await folder?.release();
    },
  };
}

async function awsBackend(options: Options): Promise<Backend> {
  const { stage, telemetry, endpoint } = options;
  const region = await awsRegion(options.region);
  // AWS answers sync executions at sync-states.…; an emulator has no such host.
  const disableHostPrefix = endpoint !== undefined;
  const sfn = new SFNClient({ region, maxAttempts: 1, disableHostPrefix });
  const arn = await findStateMachine(sfn, `ServiceResiliencyWorkflow-${stage}`);
  const client = createDocumentClient({ region });
  return {
    runtime: createLevelRuntime({
      ...options,
      scopes: servedScopes(readScopes(stage, options.file), options),
      client,
      clock: systemClock,
      meters: options.monitoring.meters,
    }),
    engine: createAwsEngine(sfn, arn, telemetry),
    table: null,
    problems: async () => [],
    async close() {
      client.destroy();
      sfn.destroy();
    },
  };
}

function stageHealth(options: Options, runtime: LevelRuntime) {
  return createStageHealth({ ...options, runtime, registry: options.monitoring.breakers });
}

async function versionOf({ serviceVersion }: Pick<Config, 'serviceVersion'>): Promise<string> {
  if (serviceVersion !== undefined) return serviceVersion;
  const { version } = JSON.parse(await readFile(PACKAGE_FILE, 'utf8')) as { version: string };
  return version;
}

/** A server on every address has none of its own to call it by. */
function reachable(origin: string): string {
  return origin.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

function describeListenError(error: NodeJS.ErrnoException, options: Options): Error {
  const where = `${options.host}:${options.port}`;
  const advice = 'set PORT to another one, or to 0 for a free one';
  if (error.code === 'EADDRINUSE') {
    return new StartError(`PORT: ${where} is taken; ${advice}`, { cause: error });
  }
  const message = `cannot listen on ${where} (${error.code ?? error.message}); check HOST and PORT`;
  return new StartError(message, { cause: error });
}

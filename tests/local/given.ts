/** A front of this process with the deployed workflow behind it, and raw connections to it. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { createHandler as degraded } from '../../functions/degraded-service.ts';
import { createHandler as full } from '../../functions/full-service.ts';
import { createHandler as maintenance } from '../../functions/maintenance-service.ts';
import type { Engine } from '../../lib/local/engine.ts';
import { PRESETS, type PresetName } from '../../lib/level/policy.ts';
import { createFront } from '../../lib/local/front.ts';
import type { OpenApi } from '../../lib/local/service-routes.ts';
import { createInterpreterEngine, type LambdaHandler } from '../../lib/local/interpreter-engine.ts';
import { systemClock, type Clock } from '../../lib/runtime/clock.ts';
import { type Scopes } from '../../lib/runtime/scopes.ts';
import { testedScopes } from '../runtime/given-scopes.ts';
import type { Service, ServiceRequest } from '../../lib/services/service.ts';
import type { Fields } from '../../lib/telemetry/telemetry.ts';
import { metersOf } from '../../lib/telemetry/meters.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { readDefinition } from '../statemachines/definition.ts';
import { PLENTY } from './plenty.ts';

const OPENAPI = new URL('../../docs/openapi.yaml', import.meta.url);

/** A front that listens. */
export interface GivenFront {
  readonly front: FastifyInstance;
  readonly url: string;
  readonly port: number;
  /** What runs the workflow behind it. */
  readonly engine: Engine;
  /** What the faces and the probe were asked, in order. */
  readonly asked: readonly ServiceRequest[];
  /** What the control plane was told. */
  readonly events: readonly unknown[];
  /** Everything that was logged and counted. */
  readonly told: ReturnType<typeof rememberingTelemetry>['told'];
  /** The lines of the requests, once there are so many: they come when the answers are out. */
  readonly requestLines: (count: number) => Promise<readonly Fields[]>;
}

/** Starts a front before a service that answers 200 with an empty object; it closes with the test. */
export async function givenFront(
  given: {
    readonly level?: 1 | 2 | 3;
    readonly service?: Partial<Service>;
    readonly engine?: Engine;
    readonly policy?: PresetName;
    readonly sharedIdempotency?: boolean;
    readonly clock?: Clock;
    readonly controlPrefix?: string;
    /** By default the two that the product is tested with. */
    readonly scopes?: Scopes;
  } = {},
): Promise<GivenFront> {
  const { telemetry, told } = rememberingTelemetry();
  const asked: ServiceRequest[] = [];
  const events: unknown[] = [];
  const serve: Service['full'] = async (request) => {
    asked.push(request);
    return { outcome: 'none', statusCode: 200, headers: {}, body: {} };
  };
  const probe: Service['probe'] = async (_face, request) => {
    asked.push(request);
    return 'success';
  };
  const service = { full: serve, degraded: serve, maintenance: serve, probe, ...given.service };
  const clock = systemClock;
  const runtime = { services: { default: service }, telemetry, clock, random: () => 0.5 };
  const functions = {
    'full-service': full(runtime),
    'degraded-service': degraded(runtime),
    'maintenance-service': maintenance(runtime),
    mutator: async () => null,
  };
  const item = { currentLevel: { N: String(given.level ?? 1) }, errorCount: { N: '0' } };
  const targets = {
    functions,
    getItem: async () => ({ Item: item }),
    updateItem: async () => ({}),
  };
  const proxy: LambdaHandler = async (event) => {
    events.push(event);
    return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: '{}' };
  };
  const engine = given.engine ?? createInterpreterEngine(readDefinition(), targets, telemetry);
  const front = createFront({
    engine,
    proxies: { getState: proxy, control: proxy, health: proxy },
    openapi: parse(readFileSync(OPENAPI, 'utf8'), { merge: true }) as OpenApi,
    failOpenLevel: 1,
    limits: PLENTY,
    scopes: withKeys(given.scopes ?? testedScopes(), given.sharedIdempotency),
    controlPrefix: given.controlPrefix ?? '',
    policyOf: () => PRESETS[given.policy ?? 'classic'],
    sharedIdempotency: given.sharedIdempotency ?? true,
    clock: given.clock ?? systemClock,
    telemetry,
    meters: metersOf([]),
    metrics: { expose: async () => ({ contentType: 'text/plain', body: '' }) },
  });
  onTestFinished(() => front.close());
  const url = await front.listen({ host: '127.0.0.1', port: 0 });
  const { port } = front.server.address() as AddressInfo;
  const requestLines: GivenFront['requestLines'] = async (count) => {
    const lines = () => told.filter(([, what]) => what === 'request');
    await vi.waitUntil(() => lines().length >= count, { timeout: 20_000 });
    return lines().map(([, , fields]) => fields as Fields);
  };
  return { front, url, port, engine, asked, events, told, requestLines };
}

/** The default scope's faces know each other's keys, or not; as they are where nothing is said. */
function withKeys(scopes: Scopes, sharedIdempotency: boolean | undefined): Scopes {
  const { default: own } = scopes;
  if (own === undefined || sharedIdempotency === undefined) return scopes;
  return { ...scopes, default: { ...own, sharedIdempotency } };
}

/** Opens a connection; it ends with the test. */
export function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** Sends bytes and gives all that comes until the connection is closed. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = open(port);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer;
}

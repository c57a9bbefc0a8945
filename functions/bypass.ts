/** Lambda: ANY /circuit-breaker/bypass/{proxy+}, a service past its level; the full face serves, and nothing is counted. */
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import * as v from 'valibot';
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { readConfig, type Config } from '../lib/runtime/config.ts';
import type { ProxyAnswer } from '../lib/runtime/proxy.ts';
import { routeFor } from '../lib/runtime/route-table.ts';
import { deployedIn, readScopes, servedScopes, type Scopes } from '../lib/runtime/scopes.ts';
import { traceIn } from '../lib/telemetry/tracing.ts';
import {
  describeTooLarge,
  parseOutput,
  REQUEST_LIMIT_BYTES,
  requestBytesOf,
  type WorkflowInput,
} from '../lib/runtime/workflow.ts';
import { stateKeyOf } from '../lib/store/level-store.ts';
import { powertoolsTelemetry } from '../lib/telemetry/powertools.ts';
import type { Telemetry } from '../lib/telemetry/telemetry.ts';

/** What stands before the path of the service. */
const PREFIX = '/circuit-breaker/bypass';

/** Longer than the workflow's 25 s, in milliseconds. */
const SYNC_TIMEOUT_MS = 27_000;

const texts = v.nullish(v.record(v.string(), v.optional(v.string(), '')), {});

const eventSchema = v.object({
  httpMethod: v.string(),
  path: v.string(),
  headers: texts,
  queryStringParameters: texts,
  body: v.nullish(v.string(), ''),
  requestContext: v.object({ requestId: v.string(), requestTimeEpoch: v.number() }),
});

/** What the function stands on. */
export interface BypassRuntime {
  readonly config: Pick<Config, 'policy' | 'failOpenLevel'>;
  readonly scopes: Scopes;
  readonly telemetry: Telemetry;
  /** Runs the workflow; undefined where it failed. */
  readonly run: (input: WorkflowInput) => Promise<string | undefined>;
}

/** Makes the handler of an API Gateway proxy event. */
export const createHandler =
  (runtime: BypassRuntime) =>
  async (event: unknown): Promise<ProxyAnswer> => {
    const input = inputOf(v.parse(eventSchema, event), runtime);
    if (input === null) return problem(404, 'there is no such path and method of a service');
    const bytes = requestBytesOf(input.request);
    if (bytes > REQUEST_LIMIT_BYTES) return problem(413, describeTooLarge(bytes));
    try {
      const text = await runtime.run(input);
      const output = text === undefined ? null : parseOutput(JSON.parse(text));
      if (output === null) return problem(500, 'Internal Server Error');
      const { statusCode, headers, body, level, failOpen } = output;
      const ours = {
        'X-Service-Level': `${level}`,
        ...(failOpen && { 'X-Service-Fail-Open': 'true' }),
      };
      return { statusCode, headers: { ...JSON_TYPE, ...headers, ...ours }, body };
    } catch (error) {
      runtime.telemetry.error('bypass failed', { error });
      return problem(500, 'Internal Server Error');
    }
  };

export const handler = lazyHandler(createHandler, runtimeFromEnv);

function inputOf(
  event: v.InferOutput<typeof eventSchema>,
  { scopes, config }: BypassRuntime,
): WorkflowInput | null {
  const { httpMethod: method, headers, queryStringParameters: query, body } = event;
  // Before it may stand what services.json says of the product's paths.
  const rawPath = event.path.slice(event.path.indexOf(PREFIX) + PREFIX.length) || '/';
  const route = routeFor(scopes, method, rawPath);
  if (route === null) return null;
  const { scope, path: resource, parameters } = route;
  const lower = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const given = Object.fromEntries(lower) as Record<string, string>;
  return {
    kind: 'request',
    scope,
    stateKey: stateKeyOf(scope),
    receivedAt: event.requestContext.requestTimeEpoch,
    failOpenLevel: config.failOpenLevel,
    readReplicas: 0,
    signals: scopes[scope]?.signals ?? 'direct',
    safe: false,
    bypass: true,
    deployed: deployedInput(deployedIn(scopes, scope, config.policy).policy),
    trace: traceIn(Object.entries(given)),
    request: {
      requestId: event.requestContext.requestId,
      method,
      resource,
      rawPath,
      pathParameters: decoded(parameters),
      query: query ?? {},
      headers: withoutSignature(given),
      bodyText: body ?? '',
    },
  };
}

/** The signature was for the gateway; what it said is not the service's to know. */
function withoutSignature(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own =
    /^(authorization|host|content-length|connection|via|x-(amz|amzn|forwarded)-.*|cloudfront-.*)$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name)));
}

function decoded(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, text]) => [name, decodeText(text)]),
  );
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const JSON_TYPE = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
};

function problem(statusCode: number, message: string): ProxyAnswer {
  return { statusCode, headers: JSON_TYPE, body: JSON.stringify({ status: statusCode, message }) };
}

function runtimeFromEnv(): BypassRuntime {
  const config = readConfig();
  const { workflowArn: stateMachineArn, region } = config;
  if (stateMachineArn === undefined) throw new Error('WORKFLOW_ARN is missing');
  const client = new SFNClient({ ...(region !== undefined && { region }), maxAttempts: 1 });
  return {
    config,
    scopes: servedScopes(readScopes(config.stage), config),
    telemetry: powertoolsTelemetry(config),
    async run(input) {
      const abortSignal = AbortSignal.timeout(SYNC_TIMEOUT_MS);
      const start = new StartSyncExecutionCommand({
        stateMachineArn,
        input: JSON.stringify(input),
      });
      const { output } = await client.send(start, { abortSignal });
      return output;
    },
  };
}

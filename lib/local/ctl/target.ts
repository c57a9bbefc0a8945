/** What the CLI talks to: a front over HTTP, or a stage's table with the control plane in this process. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createHandler as createControl } from '../../../functions/control.ts';
import { createHandler as createGetState } from '../../../functions/get-state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { readConfig } from '../../runtime/config.ts';
import { createLevelRuntime } from '../../runtime/level-runtime.ts';
import { readControlPrefix } from '../../runtime/own-paths.ts';
import type { ProxyAnswer } from '../../runtime/proxy.ts';
import { createDocumentClient } from '../../store/dynamo-client.ts';
import { awsRegion } from '../aws-region.ts';
import { rootName } from '../errors.ts';
import { localUser } from '../local-user.ts';
import { createLog } from '../log.ts';

/** A route of the control plane. */
export interface ControlRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Absent: every scope to look at, the default one to change. */
  readonly scope?: string;
  readonly body?: unknown;
}

/** An answer of the control plane. */
export interface ControlAnswer {
  readonly statusCode: number;
  readonly body: unknown;
}

/** What a command acts on. */
export interface ControlTarget {
  /** What no other target is called, for the beginning of a line. */
  readonly name: string;
  /** Everything about where it is and who asks. */
  readonly description: string;
  /** The same for a program. */
  readonly facts: Readonly<Record<string, string>>;
  /** Sends a request to the control plane. */
  send(request: ControlRequest): Promise<ControlAnswer>;
}

/** How long a front may take to answer, in milliseconds. */
const HTTP_TIMEOUT_MS = 5_000;

/**
 * A front: `npm start`, or any other at that URL.
 *
 * @param apiKey Shown to it; absent where it asks for none.
 */
export function httpTarget(given: string, apiKey?: string): ControlTarget {
  const endpoint = given.replace(/\/$/, '');
  const prefix = readControlPrefix();
  const send = async ({ method, path, scope, body }: ControlRequest) => {
    const query = scope === undefined ? '' : `?scope=${encodeURIComponent(scope)}`;
    const url = `${endpoint}${prefix}${path}${query}`;
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
      headers: {
        ...(apiKey !== undefined && { 'X-Api-Key': apiKey }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { statusCode: response.status, body: await response.json() };
  };
  return { name: endpoint, description: endpoint, facts: { endpoint }, send };
}

/**
 * The table of a deployed stage, with the credentials of the AWS CLI. It needs neither API Gateway
 * nor Lambda nor the workflow, which may be the ones that are down.
 *
 * @param given The region; otherwise the setting's or that of the AWS configuration.
 * @throws ConfigError
 */
export async function stageTarget(
  stage: string,
  given: string | undefined,
): Promise<ControlTarget> {
  const config = readConfig({ STAGE: stage, ...(given !== undefined && { AWS_REGION: given }) });
  const region = await awsRegion(config.region);
  const caller = await callerIn(region);
  let failure: unknown;
  const runtime = createLevelRuntime({
    ...config,
    client: createDocumentClient({ region }),
    telemetry: {
      ...createLog({ level: 'silent', pretty: false }),
      // The handlers tell the client that the table did not answer, and the log why.
      error: (_message, fields) => (failure = fields?.['error']),
    },
    clock: systemClock,
  });
  const [getState, control] = [createGetState(runtime), createControl(runtime)];
  const send = async ({ method, path, scope, body }: ControlRequest) => {
    const answer: ProxyAnswer = await (method === 'GET' ? getState : control)({
      httpMethod: method,
      resource: path,
      queryStringParameters: scope === undefined ? null : { scope },
      body: body === undefined ? null : JSON.stringify(body),
      requestContext: { identity: { userArn: caller?.arn ?? null, user: localUser() } },
    });
    const { statusCode } = answer;
    if (statusCode !== 503) return { statusCode, body: JSON.parse(answer.body) as unknown };
    const message = `table ${config.tableName} in ${region} did not answer (${rootName(failure)}); check the stage, the region and the credentials of the AWS CLI`;
    return { statusCode, body: { status: statusCode, message } };
  };
  const { tableName: table, endpoint } = config;
  const { account, arn: as } = caller ?? UNKNOWN_CALLER;
  const at = endpoint === undefined ? '' : ` at ${endpoint}`;
  return {
    name: `stage ${stage} in ${region}`,
    description: `stage ${stage}: table ${table} in ${region}${at}, account ${account}, as ${as}`,
    facts: { stage, table, region, account, as, ...(endpoint !== undefined && { endpoint }) },
    send,
  };
}

const UNKNOWN_CALLER = { account: 'unknown', arn: localUser() };

/** How long it may take to learn whose credentials these are, in milliseconds. */
const CALLER_TIMEOUT_MS = 2_000;

/** Whose credentials these are; null where nobody says so in time: a level can be moved all the same. */
async function callerIn(region: string): Promise<{ account: string; arn: string } | null> {
  const client = new STSClient({
    region,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 1_000,
      throwOnRequestTimeout: true,
    },
  });
  try {
    const abortSignal = AbortSignal.timeout(CALLER_TIMEOUT_MS);
    const { Account: account, Arn: arn } = await client.send(new GetCallerIdentityCommand({}), {
      abortSignal,
    });
    return account === undefined || arn === undefined ? null : { account, arn };
  } catch {
    return null;
  }
}

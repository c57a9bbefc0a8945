/** What the CLI talks to: a front over HTTP, or a stage's table with the control plane in this process. */
import { createHandler as createControl } from '../../../functions/control.ts';
import { createHandler as createGetState } from '../../../functions/get-state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { readConfig } from '../../runtime/config.ts';
import { createLevelRuntime } from '../../runtime/level-runtime.ts';
import type { ProxyAnswer } from '../../runtime/proxy.ts';
import { createDocumentClient } from '../../store/dynamo-client.ts';
import { awsRegion } from '../aws-region.ts';
import { rootName } from '../errors.ts';
import { createLog } from '../log.ts';

/** A route of the control plane. */
export interface ControlRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly scope: string;
  readonly body?: unknown;
}

/** An answer of the control plane. */
export interface ControlAnswer {
  readonly statusCode: number;
  readonly body: unknown;
}

/** Sends a request to the control plane. */
export type ControlTarget = (request: ControlRequest) => Promise<ControlAnswer>;

/** How long a front may take to answer, in milliseconds. */
const HTTP_TIMEOUT_MS = 5_000;

/** A front: `npm start`, or any other at that URL. */
export function httpTarget(endpoint: string): ControlTarget {
  return async ({ method, path, scope, body }) => {
    const url = `${endpoint.replace(/\/$/, '')}${path}?scope=${encodeURIComponent(scope)}`;
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      }),
    });
    return { statusCode: response.status, body: await response.json() };
  };
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
  return async ({ method, path, scope, body }) => {
    const answer: ProxyAnswer = await (method === 'GET' ? getState : control)({
      httpMethod: method,
      resource: path,
      queryStringParameters: { scope },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const { statusCode } = answer;
    if (statusCode !== 503) return { statusCode, body: JSON.parse(answer.body) as unknown };
    const message = `table ${config.tableName} in ${region} did not answer (${rootName(failure)}); check the stage, the region and the credentials of the AWS CLI`;
    return { statusCode, body: { status: statusCode, message } };
  };
}

/** The steps of the flow tests: a running service, requests to it, its level row. */
import { onTestFinished } from 'vitest';
import { readConfig } from '../../lib/runtime/config.ts';
import { createLog, type LocalTelemetry } from '../../lib/local/log.ts';
import { startServer, type Server } from '../../lib/local/server.ts';
import { PLENTY } from '../local/plenty.ts';
import { listing } from '../runtime/given-scopes.ts';

/** A service in this process with its table in memory. */
export interface RunningService {
  readonly url: string;
  readonly server: Server;
  readonly telemetry: LocalTelemetry;
  /** POSTs a body to /service-api. */
  post(body: unknown): Promise<Reply>;
  /** POSTs the same outcome several times, one after the other. */
  postTimes(times: number, error: boolean): Promise<Reply[]>;
  /** Any request. */
  send(method: string, path: string, options?: SendOptions): Promise<Reply>;
  /** GET /circuit-breaker, as far as the tests look at it. */
  status(): Promise<Status>;
}

/** What a request may carry. */
export interface SendOptions {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read to its end; what is no JSON is its `text`. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The status of a scope. */
export interface Status {
  readonly currentLevel: number;
  readonly errorCount: number;
  readonly successCount: number;
  readonly epoch: number;
  readonly transitionReason: string | null;
  readonly lastUpdated: string | null;
  readonly history: readonly {
    readonly epoch: number;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
  }[];
  readonly override?: { readonly reason: string; readonly until?: string };
  readonly policy: Readonly<Record<string, number>>;
}

/**
 * Starts a service; it stops with the test. The tick is off unless asked for.
 *
 * @param file What services.json holds; by default what it does.
 */
export async function givenService(
  env: Readonly<Record<string, string>> = {},
  file?: Readonly<Record<string, object>>,
): Promise<RunningService> {
  const services = file && { SERVICES: Object.keys(file).join(',') };
  const config = readConfig(
    { PORT: '0', TICK_SECONDS: '0', ...listing(env), ...services, ...env },
    {},
  );
  const telemetry = createLog({ level: 'silent', pretty: false });
  const server = await startServer({
    ...config,
    dataDir: null,
    engine: 'local',
    file,
    limits: PLENTY,
    telemetry,
  });
  onTestFinished(() => server.close());
  return { server, telemetry, ...clientOf(server.url) };
}

/** The requests to a service that runs somewhere. */
export function clientOf(url: string): Omit<RunningService, 'server' | 'telemetry'> {
  const send = async (method: string, path: string, options: SendOptions = {}) => {
    const response = await fetch(`${url}${path}`, { method, ...options });
    const text = await response.text();
    const isJson = text !== '' && !/^(text\/plain|application\/openmetrics)/.test(typeOf(response));
    const body = isJson ? (JSON.parse(text) as Reply['body']) : text === '' ? {} : { text };
    return { status: response.status, headers: response.headers, body };
  };
  const post = (body: unknown) =>
    send('POST', '/service-api', {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    });
  return {
    url,
    send,
    post,
    async postTimes(times, error) {
      const replies: Reply[] = [];
      for (let i = 0; i < times; i += 1) replies.push(await post({ error }));
      return replies;
    },
    async status() {
      return (await send('GET', '/circuit-breaker')).body as unknown as Status;
    },
  };
}

function typeOf({ headers }: Response): string {
  return headers.get('Content-Type') ?? '';
}

/** The options of a request with a JSON body. */
export function json(body: unknown): SendOptions {
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

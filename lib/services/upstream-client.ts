/** An upstream behind its policies: deadline, retry, breaker, time limit and bulkhead; what they do is told. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  TimeoutError,
  bulkhead,
  pipeline,
  retry,
  retryBudget,
  timeout,
  type CircuitBreaker,
  type Policy,
  type RetryEvent,
} from '../breaker/index.ts';
import { sharedMonitors, type Monitors } from '../telemetry/monitors.ts';
import { tellRetry, watchBreaker } from '../telemetry/resilience-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createUpstreamBreaker, type ShareBreaker } from './upstream-breaker.ts';
import { placeOf, type Instances } from './upstream-place.ts';
import {
  UpstreamAnswerError,
  UpstreamNetworkError,
  UpstreamStatusError,
  type UpstreamReply,
} from './upstream-reply.ts';
import { CLOUD_MAP, DEADLINE_MS, type UpstreamSettings } from './upstream-settings.ts';
import { tracedTry } from './upstream-span.ts';
import type { TryOptions, UpstreamRequest } from './upstream-try.ts';

const KEEP = { keepAlive: true };

/** Tries of one request. */
const ATTEMPTS = 3;
/** The longest wait for a next try, in milliseconds; who asks for more by Retry-After gets none. */
const LONGEST_WAIT_MS = 1_000;
/** Requests to one upstream at the same time; a further one is refused at once. */
export const CONCURRENCY = 64;
/** Statuses of a gateway whose next try may reach a healthy server. */
const RETRYABLE_STATUSES = new Set([502, 503, 504]);
/** RFC 9110, 9.2.2: twice is as good as once. */
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** One upstream. */
export interface UpstreamClient {
  /** For the log of its changes. */
  readonly breaker: CircuitBreaker;
  /**
   * Sends a request, again where that is safe: if nothing of it was sent, or if it may run twice.
   *
   * @throws The last try's error; CircuitBreakerOpenError or BulkheadFullError where there was none;
   *   TimeoutError.
   */
  send(url: URL, request: UpstreamRequest): Promise<UpstreamReply>;
}

/** How a client is made. */
export type ClientOptions = Pick<UpstreamSettings, 'timeoutMs' | 'breakAfter' | 'sharedBreaker'> &
  Omit<TryOptions, 'agent' | 'signal'>;

/**
 * Makes the client of one upstream; it keeps what it has learned, so it is made once.
 *
 * @param face Whose upstream it is, for the breaker's and the bulkhead's errors.
 * @param options.timeoutMs How long one try may take, in milliseconds.
 * @param options.breakAfter Failed tries in a row that open the breaker: as many as degrade the level.
 * @param options.sharedBreaker Whether all environments share it.
 * @param parts.share Makes it then.
 * @param parts.instances Finds those of a `cloudmap:` URL.
 * @param parts.monitors Where the breaker and its companions are listed; those of this process by default.
 * @param parts.log Told of the breaker's changes and of retries; nobody by default.
 */
export function createUpstreamClient(
  face: 'full' | 'degraded',
  { timeoutMs, breakAfter, sharedBreaker: shared, ...passing }: ClientOptions,
  parts: {
    readonly share?: ShareBreaker | undefined;
    readonly instances?: Instances | undefined;
    readonly monitors?: Monitors | undefined;
    readonly log?: Pick<Telemetry, 'info' | 'warn'>;
  } = {},
): UpstreamClient {
  const { share, instances, monitors = sharedMonitors(), log } = parts;
  const name = `${face} upstream`;
  const at = placeOf(instances, isUpstreamFailure);
  const of = { face, breakAfter, timeoutMs, isFailure: isUpstreamFailure, shared };
  const breaker = createUpstreamBreaker(of, monitors.breakers, share);
  const budget = retryBudget();
  const places = bulkhead({ name, concurrency: CONCURRENCY });
  monitors.companions.add('retryBudget', name, budget);
  monitors.companions.add('bulkhead', name, places);
  if (log !== undefined) watchBreaker(breaker, log);
  const onRetry = (event: RetryEvent) => {
    monitors.meters.retried(name);
    if (log !== undefined) tellRetry(name, event, log);
  };
  const oneTry: readonly [Policy, Policy, Policy] = [
    breaker,
    timeout({ timeout: timeoutMs }),
    places,
  ];
  const throughPolicies = (isRetryable: (error: unknown) => boolean) =>
    pipeline(
      timeout({ timeout: DEADLINE_MS }),
      retry({ attempts: ATTEMPTS, maxDelay: LONGEST_WAIT_MS, isRetryable, budget, onRetry }),
      ...oneTry,
    );
  const twice = throughPolicies(isTransient);
  const once = throughPolicies(isUnsent);
  const agents = { 'http:': new HttpAgent(KEEP), 'https:': new HttpsAgent(KEEP) };
  return {
    breaker,
    async send(url, request) {
      const isOnce = !mayRunTwice(request);
      // A kept connection may be dead already, and whether a request on it ran nobody could tell.
      const agentOf = ({ protocol }: URL) =>
        isOnce ? false : agents[protocol as keyof typeof agents];
      let failure: unknown;
      try {
        return await (isOnce ? once : twice).execute(async ({ signal }) => {
          try {
            return await at(url, (target) => {
              const placed = { ...request, ...pathAt(url, request.path) };
              const agent = agentOf(target);
              return tracedTry(target, placed, { ...passing, agent, signal });
            });
          } catch (error) {
            failure = error;
            throw error;
          }
        });
      } catch (error) {
        // A next try that is refused does not hide why the one before has failed.
        throw isRefusal(error) && failure !== undefined ? failure : error;
      }
    },
  };
}

/** The first part of a `cloudmap:` path names the service, and is none of its instances' path. */
function pathAt({ protocol }: URL, path: string | undefined): { readonly path?: string } {
  if (path === undefined) return {};
  if (protocol !== CLOUD_MAP) return { path };
  const own = path.replace(/^\/[^/?]+/, '');
  return { path: own.startsWith('/') ? own : `/${own}` };
}

/** A request with an Idempotency-Key runs once, however often it is sent. */
function mayRunTwice({ method, headers }: UpstreamRequest): boolean {
  return IDEMPOTENT_METHODS.has(method) || (headers['idempotency-key'] ?? '') !== '';
}

/** Whether an error tells of the upstream's health: 5xx, no HTTP, no answer in time, no connection. */
export function isUpstreamFailure(error: unknown): boolean {
  if (error instanceof UpstreamStatusError) return error.isFailure;
  if (error instanceof UpstreamAnswerError) {
    return error.statusCode < 200 || error.statusCode >= 500;
  }
  return !(error instanceof BulkheadFullError);
}

/** Whether a request was refused on this side. */
function isRefusal(error: unknown): error is CircuitBreakerOpenError | BulkheadFullError {
  return error instanceof CircuitBreakerOpenError || error instanceof BulkheadFullError;
}

function isUnsent(error: unknown): boolean {
  return error instanceof UpstreamNetworkError && !error.wasSent;
}

function isTransient(error: unknown): boolean {
  if (error instanceof UpstreamStatusError) return RETRYABLE_STATUSES.has(error.reply.statusCode);
  return error instanceof UpstreamNetworkError || error instanceof TimeoutError;
}

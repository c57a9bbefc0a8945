/** Which errors may be gone at the next attempt: refusals, aborts, time-outs, the network, HTTP. */
import { chainOf, read, statusOf } from './error-chain.ts';
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  HedgeLostError,
  RateLimitedError,
} from '../errors.ts';

const NETWORK_CODES: ReadonlySet<unknown> = new Set([
  // Of the operating system and of its name resolution.
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  // Of undici, which is also what fetch uses.
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
  // Of request and axios.
  'ESOCKETTIMEDOUT',
  'ERR_NETWORK',
]);

const ABORT_CODES: ReadonlySet<unknown> = new Set(['ABORT_ERR', 'UND_ERR_ABORTED', 'ERR_CANCELED']);

/** Too early, too long, too many: the 4xx that a client may repeat as they are. */
const REPEATABLE_4XX: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether a policy refused: the breaker, a bulkhead or a rate limiter, also as a cause. */
export function isRefusal(error: unknown): boolean {
  return chainOf(error).some(
    (it) =>
      it instanceof CircuitBreakerOpenError ||
      it instanceof BulkheadFullError ||
      it instanceof RateLimitedError,
  );
}

/** Whether somebody ended the call on purpose: an AbortError, also as a cause. */
export function isAbort(error: unknown): boolean {
  return chainOf(error).some(
    (it) =>
      it instanceof HedgeLostError ||
      read(it, 'name') === 'AbortError' ||
      ABORT_CODES.has(read(it, 'code')),
  );
}

/** Whether the time was up: an error named TimeoutError, also as a cause. */
export function isTimeout(error: unknown): boolean {
  return chainOf(error).some((it) => read(it, 'name') === 'TimeoutError');
}

/** Whether no answer came: a code of the system, of undici or fetch, also as a cause. */
export function isNetworkError(error: unknown): boolean {
  const chain = chainOf(error);
  if (isRefusal(error) || statusOf(chain) !== null) return false;
  return chain.some((it) => NETWORK_CODES.has(read(it, 'code')));
}

/**
 * Whether the answer was an HTTP status to try again after: 408, 425, 429 or 5xx, from status,
 * statusCode, response or $metadata, also of a cause. An error without a status is none.
 */
export function isRetryableHttpError(error: unknown): boolean {
  // What opened a breaker is the cause of its refusals, and not an answer to the refused call.
  return !isRefusal(error) && isRepeatable(statusOf(chainOf(error)));
}

/**
 * Whether a result is an HTTP answer that another attempt may better: one with the `status` or
 * `statusCode` 408, 425, 429 or 5xx. For `retryOn.result` and `failsOn.result` around fetch, which
 * resolves whatever the status.
 */
export function isRetryableResponse(result: unknown): boolean {
  return isRepeatable(statusOf([result]));
}

const isRepeatable = (status: number | null): boolean =>
  status !== null && (status >= 500 || REPEATABLE_4XX.has(status));

/** Whether the answer was a 4xx that the same request would get again. */
export function isRejectedRequest(error: unknown): boolean {
  const status = statusOf(chainOf(error));
  return status !== null && status >= 400 && status < 500 && !REPEATABLE_4XX.has(status);
}

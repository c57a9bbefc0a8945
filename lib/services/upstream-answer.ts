/** What the client is answered, whatever came of its request to an upstream. */
import { BulkheadFullError, CircuitBreakerOpenError, TimeoutError } from '../breaker/index.ts';
import type { Answer, TextAnswer } from './service.ts';
import { isUpstreamFailure } from './upstream-client.ts';
import { UpstreamCredentialError } from './upstream-credentials.ts';
import {
  UpstreamAnswerError,
  UpstreamNetworkError,
  UpstreamStatusError,
  type UpstreamReply,
} from './upstream-reply.ts';

/** A redirect shows no work of the service, and may lead to a page that says it is down. */
export function passOn(reply: UpstreamReply): TextAnswer {
  const isSuccess = reply.statusCode < 300 || reply.statusCode === 304;
  return { outcome: isSuccess ? 'success' : 'none', ...reply };
}

/**
 * The answer to a client whose request gave none to pass on. What the breaker and the bulkhead refuse was
 * not tried: the failures that opened the one were counted when they happened, the other tells of the
 * clients alone.
 *
 * @throws The error itself, where it is none of an upstream.
 */
export function answerFailure(error: unknown): Answer | TextAnswer {
  if (error instanceof UpstreamStatusError) {
    return { outcome: isUpstreamFailure(error) ? 'error' : 'none', ...error.reply };
  }
  if (error instanceof UpstreamAnswerError) {
    return problem(isUpstreamFailure(error) ? 'error' : 'none', 502, error.message);
  }
  if (error instanceof UpstreamNetworkError) {
    return problem('error', 502, 'the upstream could not be reached, or broke off');
  }
  if (error instanceof UpstreamCredentialError) {
    return problem('error', 502, 'the upstream could not be asked: its credentials are missing');
  }
  if (error instanceof TimeoutError) {
    return problem('error', 504, 'the upstream did not answer in time');
  }
  if (error instanceof CircuitBreakerOpenError) {
    return refusal('the upstream is failing; try again later', error.retryAfterMs);
  }
  if (error instanceof BulkheadFullError) {
    return refusal('too many requests at the same time; try again', 0);
  }
  throw error;
}

/** A request that cannot be sent, which tells of its sender alone. */
export function badRequest(message: string): Answer {
  return problem('none', 400, message);
}

/** RFC 9110, 15.5.6. */
export function badMethod(methods: readonly string[]): Answer {
  const shown = methods.join(', ');
  return { ...problem('none', 405, `method must be one of ${shown}`), headers: { allow: shown } };
}

function problem(outcome: Answer['outcome'], status: number, message: string): Answer {
  return { outcome, statusCode: status, headers: {}, body: { status, message } };
}

function refusal(message: string, retryAfterMs: number | null): Answer {
  const seconds = Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1_000));
  const headers = { 'Retry-After': String(seconds) };
  return { ...problem('none', 503, message), refused: true, headers };
}

/** What the adapters share: how an answer counts, which request is safe, the page of maintenance. */
import type { Level } from '../level/level.ts';
import { MAINTENANCE_MESSAGE } from '../services/maintenance.ts';
import type { Shown } from './guard.ts';

/** What a status shows of the service: a redirect and a rejected input show nothing. */
export function outcomeOfStatus(
  status: number,
  countedStatuses: readonly number[],
): Shown['outcome'] {
  if (status >= 500 || countedStatuses.includes(status)) return 'error';
  return status < 300 || status === 304 ? 'success' : 'none';
}

/** An error that says a status, as those of frameworks do, is judged by it. */
export function outcomeOfError(
  error: unknown,
  countedStatuses: readonly number[],
): Shown['outcome'] {
  const { statusCode, status = statusCode } = Object(error) as Readonly<Record<string, unknown>>;
  if (typeof status !== 'number' || status < 400) return 'error';
  return outcomeOfStatus(status, countedStatuses);
}

/** RFC 9110, 9.2.1: what may be served again by another face. */
export function isSafeMethod(method: unknown): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The headers that say who served. */
export function levelHeaders(served: {
  readonly level: Level;
  readonly failOpen: boolean;
  readonly shielded: boolean;
}): Readonly<Record<string, string>> {
  return {
    'X-Service-Level': String(served.level),
    ...(served.failOpen && { 'X-Service-Fail-Open': 'true' }),
    ...(served.shielded && { 'X-Service-Shielded': 'true' }),
  };
}

/** The page of a service that has none of its own: that of the workflow. */
export const PAGE = {
  statusCode: 503,
  body: JSON.stringify({ status: 503, message: MAINTENANCE_MESSAGE }),
  contentType: 'application/json; charset=utf-8',
} as const;

/** The headers that an answer has at a moment: what is added to one later is not in it. */
export function headersOf(answer: { getHeaders(): object }): Readonly<Record<string, unknown>> {
  const headers: Record<string, unknown> = { ...answer.getHeaders() };
  // The list of a header that is appended to is the response's own.
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) headers[name] = value.slice();
  }
  return headers;
}

/** When a client in maintenance is asked to come back. */
import { NEVER_MS } from '../level/replica.ts';
import { RETRY_AFTER_SECONDS } from './service.ts';

/** By how much the times are spread, so that clients do not return together. */
const JITTER = 0.2;

/**
 * In how many seconds there may be news: when the pin ends, else when the next probe is due, give or take
 * a fifth; a minute where the row tells neither.
 *
 * @param told The row as it was read, in DynamoDB's JSON, and when, in epoch milliseconds.
 * @param random 0 up to but not including 1.
 */
export function comeBackAfter(
  told: {
    readonly row?: Readonly<Record<string, unknown>> | undefined;
    readonly receivedAt?: number | undefined;
  },
  random: number,
): number {
  const { row = {}, receivedAt } = told;
  const pin = (row['override'] as { M?: Readonly<Record<string, unknown>> } | undefined)?.M;
  const untilMs = pin === undefined ? undefined : numberOf(pin['untilMs']);
  const isPinned = pin !== undefined && !(untilMs !== undefined && untilMs <= (receivedAt ?? 0));
  // A read replica does not know: what it says is never.
  const nextMs = numberOf(row['nextProbeAtMs']);
  const newsMs = isPinned ? untilMs : nextMs === NEVER_MS ? undefined : nextMs;
  return secondsUntil(newsMs, receivedAt, random);
}

/**
 * The same where it is known when there may be news.
 *
 * @param newsMs In epoch milliseconds, as atMs, which is now.
 */
export function secondsUntil(
  newsMs: number | undefined,
  atMs: number | undefined,
  random: number,
): number {
  if (newsMs === undefined || atMs === undefined) return RETRY_AFTER_SECONDS;
  // A probe that is overdue may be on its way.
  const waitMs = Math.max(0, newsMs - atMs);
  return Math.max(1, Math.ceil((waitMs / 1_000) * (1 - JITTER + 2 * JITTER * random)));
}

function numberOf(attribute: unknown): number | undefined {
  const text = (attribute as { N?: unknown } | undefined)?.N;
  const value = typeof text === 'string' ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

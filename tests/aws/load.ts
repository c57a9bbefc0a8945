/** A bounded load on a healthy stage: so many requests, so long at most, and what each took. */
import { LOAD_LIMITS } from './plan.ts';
import { post } from './checks.ts';
import type { Target } from './stage.ts';

/** What a load measured. */
export interface Measured {
  readonly sent: number;
  /** How often each status came; 0 is no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Sends healthy requests over a few connections.
 *
 * @param requests The most, whatever the time.
 */
export async function load(target: Target, requests: number): Promise<Measured> {
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + LOAD_LIMITS.seconds * 1_000;
  const tookMs: number[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  const client = async () => {
    while (sent < requests && performance.now() < untilMs) {
      sent += 1;
      const atMs = performance.now();
      const { status } = await post(target, '{"error":false}').catch(() => ({ status: 0 }));
      statuses[status] = (statuses[status] ?? 0) + 1;
      // What was throttled was not served.
      if (status === 200) tookMs.push(performance.now() - atMs);
    }
  };
  await Promise.all(Array.from({ length: LOAD_LIMITS.connections }, client));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return {
    sent,
    statuses,
    perSecond: Math.round(sent / seconds),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

/** The degraded face without a second API: it serves the last good answers that the full face gave. */
import { timeout } from '../breaker/index.ts';
import type { KeptAnswer } from './last-good.ts';
import { isAnswerTo, isKept, keptKey, servedAgain, variedOf } from './last-good-rules.ts';
import { maintenance } from './maintenance.ts';
import type { Answer, ServiceContext, ServiceRequest, TextAnswer } from './service.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import type { LastGoodUse } from './upstream-settings.ts';

/** An answer that is kept already is not kept again for so long, in milliseconds. */
const KEEP_EVERY_MS = 60_000;

/** What one environment keeps in such a time: whoever makes up queries writes no more than that. */
const KEEPS_AT_MOST = 60;

/** Keys that are remembered as kept. */
const MAX_KEYS = 1_000;

/** How long the table may take, in milliseconds: the client of the full face waits for it, and the probe. */
const STORE_MS = 500;

/** Keeps and serves. */
export interface LastGoodFace {
  /**
   * Keeps an answer where it may be kept and is not yet. A failure is told and changes nothing.
   *
   * @param path Path and query as they were asked of the upstream.
   */
  readonly keep: (
    request: ServiceRequest,
    context: ServiceContext,
    path: string,
    answer: Answer | TextAnswer,
  ) => Promise<void>;
  readonly serve: (
    request: ServiceRequest,
    context: ServiceContext,
    path: string,
  ) => Promise<Answer | TextAnswer>;
  /** Whether the store can be read; it throws where it cannot. */
  readonly probe: () => Promise<'success'>;
}

/** Makes the face. */
export function createLastGoodFace(use: LastGoodUse, parts: UpstreamParts): LastGoodFace {
  const { telemetry, clock, lastGood } = parts;
  const inTime = timeout({ timeout: STORE_MS });
  const isDue = rareness();
  const read = async (key: string): Promise<KeptAnswer | undefined> => {
    const store = await lastGood();
    return inTime.execute(() => store.read(key));
  };
  return {
    async keep(request, { scope, executionId }, path, answer) {
      if (!('bodyText' in answer) || !isKept(request, answer, use)) return;
      const { headers, bodyText, bodyIsBase64 } = answer;
      const key = keptKey(scope, path, request.headers, use);
      const keptAtMs = clock.nowMs();
      if (!isDue(key, keptAtMs)) return;
      const varied = variedOf(request.headers, headers);
      const kept = { headers, bodyText, ...(bodyIsBase64 && { bodyIsBase64 }), keptAtMs, varied };
      try {
        const store = await lastGood();
        await inTime.execute(() => store.keep(key, kept, keptAtMs - KEEP_EVERY_MS));
      } catch (error) {
        telemetry.warn('last good answer not kept', { scope, executionId, error });
      }
    },
    async serve(request, { scope, executionId }, path) {
      const { method, headers } = request;
      // A 503 of a request that nobody tried shows nothing; a full face that failed says it better.
      const none = { ...(await maintenance()), refused: true } as const;
      if (method !== 'GET' && method !== 'HEAD') return none;
      try {
        const kept = await read(keptKey(scope, path, headers, use));
        const isOne = kept !== undefined && isAnswerTo(headers, kept);
        return isOne ? servedAgain(kept, clock.nowMs(), method) : none;
      } catch (error) {
        telemetry.warn('last good answers not read', { scope, executionId, error });
        return { ...(await maintenance()), outcome: 'error' };
      }
    },
    async probe() {
      await read('probe');
      return 'success';
    },
  };
}

/** Tells whether a key is to be kept: not within its minute, and not beyond what is kept in one. */
function rareness(): (key: string, atMs: number) => boolean {
  const keptAtMs = new Map<string, number>();
  let sinceMs = -Infinity;
  let keeps = 0;
  return (key, atMs) => {
    if (atMs - (keptAtMs.get(key) ?? -Infinity) < KEEP_EVERY_MS) return false;
    if (atMs - sinceMs >= KEEP_EVERY_MS) [sinceMs, keeps] = [atMs, 0];
    if (keeps >= KEEPS_AT_MOST) return false;
    keeps += 1;
    keptAtMs.delete(key);
    keptAtMs.set(key, atMs);
    const [oldest] = keptAtMs.keys();
    if (keptAtMs.size > MAX_KEYS && oldest !== undefined) keptAtMs.delete(oldest);
    return true;
  };
}

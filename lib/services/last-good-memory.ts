/** The last good answers of one process: few, and gone with it. */
import { KEPT_FOR_MS, type KeptAnswer, type LastGoodStore } from './last-good.ts';

/** The one least recently kept makes room. */
const MAX_KEPT = 100;

/** Makes a store in memory. */
export function memoryLastGood(clock: { nowMs(): number }): LastGoodStore {
  const kept = new Map<string, KeptAnswer>();
  return {
    async read(key) {
      const answer = kept.get(key);
      return answer && answer.keptAtMs + KEPT_FOR_MS > clock.nowMs() ? answer : undefined;
    },
    async keep(key, answer, staleAtMs) {
      if ((kept.get(key)?.keptAtMs ?? 0) > staleAtMs) return;
      kept.delete(key);
      kept.set(key, answer);
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    },
  };
}

/** Waiting for no longer than one may. */
import { startTimer, stopTimer, type Timer } from '../breaker/host.ts';

/** What waits: resolves when the work has settled, whichever way, or when the time is up. */
export type Within = (work: Promise<unknown>, ms: number) => Promise<void>;

/** By the timers of this process, which no wait keeps alive. */
export const within: Within = async (work, ms) => {
  let timer: Timer | null = null;
  const isUp = new Promise<void>((resolve) => {
    timer = startTimer(resolve, ms, true);
  });
  try {
    await Promise.race([work, isUp]);
  } catch {
    // Whose work it is has heard of it.
  } finally {
    stopTimer(timer);
  }
};

/** A wait that somebody awaits as work, so it keeps the process alive; its caller's abort ends it. */
import { Context, type Follower } from '../context.ts';
import { startTimer, stopTimer, type Timer } from '../host.ts';
import { rejected } from '../policy.ts';

/** @throws The reason of the caller's abort, at once. */
export function wait(delayMs: number, caller: Context): Promise<void> {
  const source = Context.sourceOf(caller);
  // A listener may just have aborted it.
  if (source?.aborted === true) return rejected(source.reason);
  return new Promise((resolve, reject) => {
    let timer: Timer | null = null;
    const leave = (): void => {
      stopTimer(timer);
      source?.removeEventListener('abort', follower);
    };
    const follower: Follower = {
      handleEvent: () => {
        leave();
        reject(source?.reason);
      },
    };
    timer = startTimer(() => {
      leave();
      resolve();
    }, delayMs);
    source?.addEventListener('abort', follower);
  });
}

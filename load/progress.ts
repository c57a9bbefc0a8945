/** How far a long command is, on the standard error: one line that changes, or a line now and then. */

/** How often a line is written where no terminal shows it, in milliseconds. */
const QUIET_MS = 10_000;

/**
 * Tells how far something is. On a terminal the line is written over; elsewhere a line comes at most
 * every 10 seconds, and the last one always.
 */
export interface Progress {
  /** @param words For example `service, 20 connections`. */
  at(done: number, of: number, words: string): void;
  end(): void;
}

/** Makes a progress line with a name of the whole. */
export function startProgress(name: string): Progress {
  const { stderr } = process;
  let writtenAtMs = -Infinity;
  return {
    at(done, of, words) {
      const line = `${name}: ${Math.round((done / of) * 100)} %, ${words}`;
      if (stderr.isTTY) {
        stderr.clearLine(0);
        stderr.cursorTo(0);
        stderr.write(line.slice(0, stderr.columns - 1));
        return;
      }
      const nowMs = performance.now();
      if (nowMs - writtenAtMs < QUIET_MS && done < of) return;
      writtenAtMs = nowMs;
      stderr.write(`${line}\n`);
    },
    end() {
      if (!stderr.isTTY) return;
      stderr.clearLine(0);
      stderr.cursorTo(0);
    },
  };
}

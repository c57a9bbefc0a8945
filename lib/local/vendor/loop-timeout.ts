/** A time limit that a busy process cannot trip: it counts the turns of the event loop, too. */

/** Into how many equal parts a limit is divided; between two of them the loop has turned. */
const PARTS = 10;

/**
 * Calls back when so much time is over, and the event loop has turned so often that what was waiting
 * for it had its chance. One timer of the whole time would fire in the first turn after a long
 * computation, before answers that lie ready are read: our own lateness would be the other's time-out.
 *
 * @param limitMs The time; rounded up to a multiple of ten milliseconds.
 * @returns For clearTimeout.
 */
export function setLoopTimeout(callback: () => void, limitMs: number): NodeJS.Timeout {
  let left = PARTS;
  const timer = setTimeout(
    () => {
      left -= 1;
      if (left === 0) callback();
      else timer.refresh();
    },
    Math.ceil(limitMs / PARTS),
  );
  return timer;
}

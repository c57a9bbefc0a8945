/** How much of the heap the bodies of requests may take, all together. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A body below this is never refused, in bytes: their number is bounded by that of the connections. */
const SMALL_BYTES = 4_096;

/** What is taken for a body whose length its client does not say, in bytes: the longest there is. */
const UNSAID_BYTES = 262_144;

/** The bodies that are in memory. */
export interface BodyBudget {
  /**
   * Takes what a request's body needs until its answer is out.
   *
   * @returns Whether there was so much left.
   */
  take(request: IncomingMessage, response: ServerResponse): boolean;
}

/** @param totalBytes Of all bodies that are in memory at the same time. */
export function createBodyBudget(totalBytes: number): BodyBudget {
  let takenBytes = 0;
  return {
    take({ headers }, response) {
      const isChunked = headers['transfer-encoding'] !== undefined;
      const bytes = isChunked ? UNSAID_BYTES : Number(headers['content-length'] ?? 0);
      if (bytes <= SMALL_BYTES) return true;
      if (takenBytes + bytes > totalBytes) return false;
      takenBytes += bytes;
      response.once('close', () => {
        takenBytes -= bytes;
      });
      return true;
    },
  };
}

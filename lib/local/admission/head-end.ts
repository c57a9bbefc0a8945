/** Finds where the head of an HTTP message ends, in bytes that come in pieces. */

const [LF, CR] = [0x0a, 0x0d];

/** How much of the empty line that ends a head has been seen: none, CR, CR LF, CR LF CR. */
export type Seen = 0 | 1 | 2 | 3;

/**
 * Looks for the end of a head.
 *
 * @param seen What of the empty line the bytes before ended with.
 * @returns The bytes up to and with the empty line; all of them where it is not in them, with what
 *   of it they end with.
 */
export function endOfHead(bytes: Uint8Array, seen: Seen): { end: number; seen: Seen } {
  let now: Seen = seen;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === CR) now = now === 2 ? 3 : 1;
    else if (byte !== LF) now = 0;
    else if (now === 3) return { end: index + 1, seen: 0 };
    else now = now === 1 ? 2 : 0;
  }
  return { end: bytes.length, seen: now };
}

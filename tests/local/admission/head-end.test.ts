/** Where a head ends: the same place, however the bytes are cut into pieces. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfHead, type Seen } from '../../../lib/local/admission/head-end.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['GET / HTTP/1.1\r\nHost: x\r\n\r\nGET', 27],
  ['\r\n\r\n', 4],
  ['\r\r\n\r\n', 5],
  ['\r\n\r\r\n\r\n', 7],
  ['a\r\n\nb', 5],
  ['a\n\nb', 4],
  ['', 0],
])('%j ends after %d bytes', (text, end) => {
  expect(endOfHead(bytesOf(text), 0).end).toBe(end);
});

test('in pieces of any size it is where the whole has it', () => {
  const texts = fc.string({ unit: fc.constantFrom('\r', '\n', 'a'), maxLength: 30 });
  const property = fc.property(texts, fc.array(fc.nat(5)), (text, sizes) => {
    const bytes = bytesOf(text);
    const at = text.indexOf('\r\n\r\n');
    let [from, seen]: [number, Seen] = [0, 0];
    for (const size of [...sizes, bytes.length]) {
      const piece = bytes.subarray(from, from + size);
      const found = endOfHead(piece, seen);
      from += found.end;
      ({ seen } = found);
      if (found.end < piece.length || (at !== -1 && from === at + 4)) break;
    }
    expect(from).toBe(at === -1 ? bytes.length : at + 4);
  });
  fc.assert(property, { numRuns: 2_000 });
});

/** A block of a document that the code writes, between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */

/**
 * What stands between the markers of a text.
 *
 * @throws Error if the markers are not there, once each and in order.
 */
export function readBlock(text: string, name: string): string {
  const [before, after] = split(text, name);
  return text.slice(before.length, text.length - after.length).trim();
}

/**
 * The text with another block between its markers.
 *
 * @throws Error if the markers are not there, once each and in order.
 */
export function replaceBlock(text: string, name: string, block: string): string {
  const [before, after] = split(text, name);
  return `${before}\n\n${block}\n\n${after}`;
}

/** What stands before the block and after it, the markers included. */
function split(text: string, name: string): [before: string, after: string] {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [head, rest, ...more] = text.split(begin);
  const [, tail, ...others] = (rest ?? '').split(end);
  if (head === undefined || tail === undefined || more.length > 0 || others.length > 0) {
    throw new Error(`the document must hold ${begin} and then ${end}, once each`);
  }
  return [`${head}${begin}`, `${end}${tail}`];
}

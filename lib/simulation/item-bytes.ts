/** The size of an item as DynamoDB counts it, by the rules of its developer guide. */

/** Bytes of an item: of its attributes' names and values. */
export function itemBytes(item: unknown): number {
  return Object.entries(item ?? {}).reduce(
    (bytes, [name, value]) => bytes + utf8(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return utf8(value);
  if (typeof value === 'number') return numberBytes(value);
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value !== 'object') throw new TypeError(`no attribute can be a ${typeof value}`);
  // A list or map costs 3 bytes, and each element or pair in it 1 byte beside its own.
  const entries = Object.entries(value);
  const names = Array.isArray(value) ? 0 : entries.reduce((sum, [name]) => sum + utf8(name), 0);
  return entries.reduce((sum, [, inner]) => sum + 1 + valueBytes(inner), 3 + names);
}

/** One byte for two significant digits, one more, and one for a sign. */
function numberBytes(value: number): number {
  const digits = String(Math.abs(value))
    .replace('.', '')
    .replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (value < 0 ? 1 : 0);
}

function utf8(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

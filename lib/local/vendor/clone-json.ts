/** The interpreter's copy of a JSON value, without a list of entries for each object. */

/**
 * Copies a JSON value in depth. The interpreter copies the whole state before each of its steps, which
 * was 12 % of the processor time of a request.
 */
export function cloneJSON(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(cloneJSON);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner = cloneJSON((value as Readonly<Record<string, unknown>>)[key]);
    if (key === '__proto__') {
      // Assigned, it would be the copy's prototype.
      const own = { value: inner, enumerable: true, writable: true, configurable: true };
      Object.defineProperty(copy, key, own);
    } else copy[key] = inner;
  }
  return copy;
}

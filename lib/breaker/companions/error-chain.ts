/** Looks at what was thrown without trusting it: its causes, its properties, its HTTP answer. */

/** Errors of a chain that are looked at; a chain may be a circle. */
const DEPTH = 8;

/** An error and its causes, the nearest first, at most 8. */
export function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  let next = error;
  while (next !== undefined && next !== null && chain.length < DEPTH) {
    chain.push(next);
    next = read(next, 'cause');
  }
  return chain;
}

/** A property of anything; undefined where there is none, and where it throws. */
export function read(value: unknown, key: string): unknown {
  if (typeof value !== 'object' && typeof value !== 'function') return undefined;
  // Of null it throws, as a property may.
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

/** A property that is a string; empty where there is none. */
export function readText(value: unknown, key: string): string {
  const text = read(value, key);
  return typeof text === 'string' ? text : '';
}

/** The HTTP status of the nearest error that has one, 100 to 599; null where none has. */
export function statusOf(chain: readonly unknown[]): number | null {
  for (const error of chain) {
    const response = read(error, 'response');
    const candidates = [
      read(error, 'status'),
      read(error, 'statusCode'),
      read(response, 'status'),
      read(response, 'statusCode'),
      read(read(error, '$metadata'), 'httpStatusCode'),
    ];
    const status = candidates.find((it) => Number.isInteger(it) && isStatus(Number(it)));
    if (status !== undefined) return Number(status);
  }
  return null;
}

const isStatus = (status: number): boolean => status >= 100 && status <= 599;

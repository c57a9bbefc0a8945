/** JSONPath for the interpreter: plain paths are walked, any other goes to jsonpath-plus itself. */
import { JSONPath as original } from 'jsonpath-plus';

/** What the interpreter asks with; wrap is always false. */
interface Query {
  readonly path: string;
  readonly json: unknown;
  readonly wrap: false;
}

/** Names and indexes alone: no wildcard, filter, slice or parent, and no word with a meaning of its own. */
const PLAIN = /^\$(?:\.[A-Za-z_]\w*|\['[A-Za-z_]\w*'\]|\[\d{1,9}\])*$/;

/** The original as the class that it is; its types have it as a function alone. */
const Original = original as unknown as new (options: Query & { readonly autostart: false }) => {
  evaluate(query: Query): unknown;
};

/** A definition has a few hundred paths; more than these are read anew each time. */
const MAX_KEPT = 2_000;
const kept = new Map<string, readonly string[] | null>();

/**
 * Gives the value at a path; undefined where there is none.
 *
 * The original is asked by its method: called as a function it throws, for each path that yields a
 * primitive, an error with a captured stack, which was 43 % of the processor time of a request.
 */
export function JSONPath({ path, json, wrap }: Query): unknown {
  const keys = keysOf(path);
  if (keys === null) {
    return new Original({ path, json, wrap, autostart: false }).evaluate({ path, json, wrap });
  }
  // An empty document answers no path, not even its own.
  if (!json) return undefined;
  let value: unknown = json;
  for (const key of keys) {
    if (!value || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** The keys of a plain path; null for any other. */
function keysOf(path: string): readonly string[] | null {
  const known = kept.get(path);
  if (known !== undefined) return known;
  const keys = PLAIN.test(path) ? (path.match(/\w+/g) ?? []) : null;
  if (kept.size < MAX_KEPT) kept.set(path, keys);
  return keys;
}

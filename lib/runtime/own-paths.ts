/** The paths that the product answers itself, and where services.json says that they are. */
import { isMap } from '../level/state.ts';
import given from '../../services.json' with { type: 'json' };
import { segmentsOf } from './routes.ts';
import { ConfigError } from './settings.ts';

/** What the product answers itself; a service's own ANY route may lead to all else. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'circuit-breaker',
  'openapi.json',
  'page',
  'health',
  'metrics',
]);

/** Nothing that the framework would leave out of a resource's name, where it could meet another's. */
const PREFIX = /^(\/[a-z0-9-]{1,32}){1,3}$/;

/**
 * What stands before every path of the product's own: '' where services.json says nothing of it.
 *
 * @param file What services.json holds.
 * @throws ConfigError
 */
export function readControlPrefix(file: unknown = given): string {
  const prefix = isMap(file) ? file['controlPrefix'] : undefined;
  if (prefix === undefined) return '';
  const isGood = typeof prefix === 'string' && PREFIX.test(prefix);
  if (isGood && !segmentsOf(prefix).some((segment) => OWN_NAMES.has(segment))) return prefix;
  const form =
    "up to three parts of lower-case letters, digits and dashes, none of them one of the product's own";
  throw new ConfigError(
    `services.json: controlPrefix must be a path such as /ops: ${form}, got ${JSON.stringify(prefix)}`,
  );
}

/** Whether a path of docs/openapi.yaml is the product's, wherever it is. */
export function isOwn(path: string): boolean {
  return OWN_NAMES.has(segmentsOf(path)[0] ?? '');
}

/**
 * Whether the product answers a path itself: all that is below a prefix, or each of its names. In any case of
 * letters: the framework names resources without it.
 */
export function isTaken(path: string, prefix: string): boolean {
  const lower = path.toLowerCase();
  return prefix === '' ? isOwn(lower) : lower === prefix || lower.startsWith(`${prefix}/`);
}

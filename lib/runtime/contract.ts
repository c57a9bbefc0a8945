/** The OpenAPI document of a deployment: what it says of the product, and of the services that are served. */
import { isMap } from '../level/state.ts';
import { methodsOf } from './route-table.ts';
import { isParameter, nameOf, segmentsOf } from './routes.ts';
import { isOwn } from './own-paths.ts';
import type { ScopeConfig, Scopes } from './scopes.ts';

/** The parts of an OpenAPI document that are read here. */
interface Document {
  readonly paths: Readonly<Record<string, object>>;
}

const BYPASS = '/circuit-breaker/bypass';

/**
 * The document with the paths of the services that are served, and of no other. Where docs/openapi.yaml says more of a
 * path of a module than that it is there, that stays.
 *
 * @param prefix What stands before every path of the product's own.
 */
export function contractOf<Whole extends Document>(
  document: Whole,
  scopes: Scopes,
  prefix = '',
): Whole {
  const own = Object.entries(document.paths)
    .filter(([path]) => isOwn(path) && !path.startsWith(`${BYPASS}/`))
    .map(([path, item]) => [`${prefix}${path}`, item] as const);
  const served = Object.entries(scopes).flatMap(([scope, entry]) =>
    [...methodsOf(entry, scopes)].flatMap(([path, methods]) =>
      [path, `${BYPASS}${path}`].map((one) => {
        const isOperators = one !== path;
        const known = entry.module === undefined ? undefined : document.paths[one];
        const operations = methods.map((method) => {
          const name = method.toLowerCase();
          return [
            name,
            operationOf(known, name) ?? generic({ scope, entry, path: one, method, isOperators }),
          ];
        });
        const where = isOperators ? `${prefix}${one}` : one;
        return [where, Object.fromEntries(operations)] as const;
      }),
    ),
  );
  const paths = new Map<string, object>(own);
  for (const [path, item] of served) paths.set(path, { ...paths.get(path), ...item });
  return { ...document, paths: Object.fromEntries(paths) };
}

function operationOf(item: object | undefined, method: string): unknown {
  return isMap(item) ? item[method] : undefined;
}

/** What is known of an operation that only its service knows more of. */
function generic(of: {
  readonly scope: string;
  readonly entry: ScopeConfig;
  readonly path: string;
  readonly method: string;
  readonly isOperators: boolean;
}): object {
  const { scope, entry, path, method, isOperators } = of;
  const parameters = segmentsOf(path).filter(isParameter).map(nameOf);
  const { body } = entry;
  const schema = body === undefined ? {} : { $ref: `#/components/schemas/${body}` };
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/\W+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    summary: isOperators
      ? `For an operator, past the level of ${scope}; the full face serves, and nothing is counted`
      : `Served by ${scope} at its current level`,
    ...(parameters.length > 0 && {
      parameters: parameters.map((name) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
    }),
    ...(/POST|PUT|PATCH/.test(method) && {
      requestBody: {
        content: { [entry.module === undefined ? '*/*' : 'application/json']: { schema } },
      },
    }),
    responses: {
      default: {
        description: 'What the service answers; in maintenance 503 with Retry-After',
        headers: {
          'X-Service-Level': { $ref: '#/components/headers/ServiceLevelIfServed' },
          'X-Service-Fail-Open': { $ref: '#/components/headers/FailOpen' },
          'X-Service-Shielded': { $ref: '#/components/headers/Shielded' },
        },
      },
    },
  };
}

/** docs/openapi.yaml as a judge of answers: what of them it does not allow. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import type { Reply } from './given.ts';

interface Operation {
  readonly requestBody?: { readonly required?: boolean };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface ResponseObject {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

interface HeaderObject {
  readonly required?: boolean;
  readonly schema: { readonly type: string };
}

/** The document. */
export const document = parse(
  readFileSync(new URL('../../docs/openapi.yaml', import.meta.url).pathname, 'utf8'),
  { merge: true },
) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'doc:openapi', components: document.components });

const resolve = (value: unknown): unknown => {
  const ref = (value as { $ref?: string }).$ref;
  if (ref === undefined) return value;
  let node: unknown = document;
  for (const part of ref.slice(2).split('/')) node = (node as Record<string, unknown>)[part];
  return node;
};

const absolute = (schema: unknown): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc:openapi#/')) as object;

/** What of an answer the document does not allow; empty if all of it is allowed. */
export function outsideTheDocument(method: string, path: string, reply: Reply): string[] {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (method === 'OPTIONS' && reply.headers.has('Access-Control-Allow-Methods')) {
    return preflight(path, reply);
  }
  if (operation === undefined) return undocumented(path, reply);
  const documented = operation.responses[String(reply.status)];
  if (documented === undefined) return [`${method} ${path}: ${reply.status} is not documented`];
  const { headers = {}, content } = resolve(documented) as ResponseObject;
  const problems: string[] = [];
  // An answer to HEAD has no body, and all else of the answer to GET.
  if (method === 'HEAD') return Object.keys(reply.body).length === 0 ? [] : ['HEAD with a body'];
  const type = reply.headers.get('Content-Type')?.split(';')[0] ?? '';
  if (type !== 'application/json' && content[type] !== undefined) return [];
  const schema = content['application/json']?.schema;
  const isBodyless = method === 'HEAD';
  if (!isBodyless && (schema === undefined || !ajv.validate(absolute(schema), reply.body))) {
    problems.push(`${method} ${path} ${reply.status}: ${ajv.errorsText()}`);
  }
  for (const [name, header] of Object.entries(headers)) {
    const { required = false, schema: headerSchema } = resolve(header) as HeaderObject;
    const text = reply.headers.get(name);
    const value = headerSchema.type === 'integer' ? Number(text) : text;
    if (text === null ? required : !ajv.validate(absolute(headerSchema), value)) {
      problems.push(`${method} ${path} ${reply.status}: header ${name} is ${text}`);
    }
  }
  return problems;
}

/** A path or method that the document does not name: 404, or 405 with the methods it does name. */
function undocumented(path: string, reply: Reply): string[] {
  const methods = Object.keys(document.paths[path] ?? {}).map((name) => name.toUpperCase());
  const allowed = reply.headers.get('Allow')?.split(', ').toSorted() ?? [];
  const status = methods.length === 0 ? 404 : 405;
  const right = reply.status === status && String(allowed) === String(methods.toSorted());
  return right
    ? []
    : [`${path}: expected ${status} (${methods.join()}), got ${reply.status} (${allowed.join()})`];
}

/** Any page may ask what it may do, where it may do something. */
function preflight(path: string, reply: Reply): string[] {
  const methods = Object.keys(document.paths[path] ?? {}).map((name) => name.toUpperCase());
  const allowed = reply.headers.get('Access-Control-Allow-Methods')?.split(', ') ?? [];
  const right = reply.status === 204 && String(allowed) === String(methods);
  return right ? [] : [`OPTIONS ${path}: expected ${methods.join()}, got ${allowed.join()}`];
}

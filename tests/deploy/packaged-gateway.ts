/** API Gateway as a packaged template makes it: finds the method of a request, and evaluates its mappings. */
import { readOutput, type Engine } from '../../lib/local/engine.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { substitute } from './intrinsics.ts';
import type { Packaged } from './packaged.ts';
import { mapRequest, mapResponse, type MappedAnswer } from './velocity.ts';

interface Method {
  readonly HttpMethod: string;
  readonly ResourceId: Reference;
  readonly Integration: {
    readonly Type: string;
    readonly RequestTemplates: Readonly<Record<string, unknown>>;
    readonly IntegrationResponses: readonly [
      { readonly ResponseTemplates: Readonly<Record<string, string>> },
    ];
  };
}

interface Reference {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [id: string, attribute: string];
}

interface Found {
  readonly method: Method;
  readonly path: Readonly<Record<string, string>>;
}

/** What a client sends. */
export interface Asked {
  readonly method: string;
  /** The path and its query, percent-encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Answers a request; null where the template has no method for it, which the gateway refuses. */
export type Gateway = (asked: Asked) => Promise<MappedAnswer | null>;

/**
 * Makes the gateway of a package.
 *
 * @param engine What Step Functions is behind it.
 */
export function packagedGateway(template: Packaged, engine: Engine): Gateway {
  const find = finderOf(template);
  return async ({ method: httpMethod, target, headers = {}, body }) => {
    const [path = '', query = ''] = target.split('?');
    const found = find(httpMethod, path);
    if (found === null) return null;
    const { RequestTemplates: requests, IntegrationResponses: answers } = found.method.Integration;
    const [type = ''] = (headers['content-type'] ?? 'application/json').split(';');
    if (!(type in requests)) return { status: 415, headers: {}, body: '' };
    const length = { 'Content-Length': String(Buffer.byteLength(body ?? '')) };
    const request = {
      body,
      header: { ...headers, ...length },
      querystring: Object.fromEntries(new URLSearchParams(query)),
      path: found.path,
    };
    const start = mapRequest(substitute(requests[type], String), request, {
      ...CONTEXT,
      httpMethod,
      path: `/dev${path}`,
    });
    const { input } = JSON.parse(start) as { readonly input: string };
    const execution = await engine.execute(JSON.parse(input) as WorkflowInput, 'x-1');
    const succeeded = { status: 'SUCCEEDED', output: JSON.stringify(readOutput(execution)) };
    const text = answers[0].ResponseTemplates['application/json'] ?? '';
    const answer = mapResponse(text, JSON.stringify(succeeded), 200);
    return httpMethod === 'HEAD' ? { ...answer, body: '' } : answer;
  };
}

const CONTEXT = {
  requestId: '6a1f-0c',
  requestTimeEpoch: 1_767_323_045_000,
  stage: 'dev',
  domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
  apiId: 'abc123',
  identity: { sourceIp: '127.0.0.1' },
};

const ROOT = '/';

/** Walks the tree of resources: a part that is named goes before a parameter, that before the rest. */
function finderOf({ ofType }: Packaged): (httpMethod: string, path: string) => Found | null {
  const methods = ofType('AWS::ApiGateway::Method').map(
    ([, { Properties: method }]) => method as unknown as Method,
  );
  const parts = ofType('AWS::ApiGateway::Resource').map(([id, { Properties: resource }]) => ({
    id,
    part: String(resource['PathPart']),
    parent: idOf(resource['ParentId'] as Reference),
  }));
  const walk = (at: string, segments: readonly string[], path: Found['path']): Walked | null => {
    const [segment, ...rest] = segments;
    if (segment === undefined) return { at, path };
    const below = parts.filter(({ parent }) => parent === at);
    const named = below.find(({ part }) => part === segment);
    const parameter = below.find(({ part }) => /^\{\w+\}$/.test(part));
    const greedy = below.find(({ part }) => part.endsWith('+}'));
    const into = (one: typeof named, left: readonly string[], value: string) =>
      one === undefined
        ? null
        : // The gateway gives a mapping its parameters decoded.
          walk(one.id, left, { ...path, [nameOf(one.part)]: decodeURIComponent(value) });
    return (
      (named === undefined ? null : walk(named.id, rest, path)) ??
      (segment === '' ? null : into(parameter, rest, segment)) ??
      (segments.join('/') === '' ? null : into(greedy, [], segments.join('/')))
    );
  };
  return (httpMethod, path) => {
    const walked = walk(ROOT, path === '/' ? [] : path.slice(1).split('/'), {});
    const here = methods.filter(({ ResourceId: resource }) => idOf(resource) === walked?.at);
    const method =
      here.find(({ HttpMethod: verb }) => verb === httpMethod) ??
      here.find(({ HttpMethod: verb }) => verb === 'ANY');
    if (walked === null || method === undefined) return null;
    return { method, path: walked.path };
  };
}

interface Walked {
  /** The resource's logical id. */
  readonly at: string;
  readonly path: Found['path'];
}

function idOf({ Ref: id }: Reference): string {
  return id ?? ROOT;
}

function nameOf(part: string): string {
  return part.replaceAll(/[{}+]/g, '');
}

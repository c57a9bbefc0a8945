/** Twelve routes with all methods behind one entry: the laptop's front and the packaged template answer alike. */
import { beforeAll, describe, expect, test } from 'vitest';
import { readScopes } from '../../lib/runtime/scopes.ts';
import { givenFront } from '../local/given.ts';
import { givenService, givenUpstream, type Seen } from '../services/upstreams.ts';
import { packaged, type Packaged } from './packaged.ts';
import { packagedGateway } from './packaged-gateway.ts';

/** Its API is another one when it is asked: nothing of a package depends on where a test listens. */
const FILE = {
  default: {
    routes: [
      'ANY /',
      'GET /items',
      'POST /items',
      'GET /items/new',
      'GET /items/{id}',
      'PUT /items/{id}',
      'PATCH /items/{id}',
      'DELETE /items/{id}',
      'OPTIONS /items/{id}',
      'HEAD /items/{id}/file',
      'GET /items/{id}/parts/{part}',
      'ANY /files/{proxy+}',
    ],
    upstream: { url: 'https://api.example.com' },
    cors: 'off',
  },
};

const JSON_TYPE = { 'content-type': 'application/json' };

/** What is served, with the pattern and the parameters that it is served by. */
const SERVED: readonly [line: string, resource: string, parameters?: object, body?: string][] = [
  ['GET /', '/'],
  ['PUT /', '/', {}, '[1]'],
  ['GET /items?id=a+b&x=%2B', '/items'],
  ['HEAD /items', '/items'],
  ['POST /items', '/items', {}, '{ "total": 1.50 }'],
  ['GET /items/new', '/items/new'],
  ['HEAD /items/new', '/items/new'],
  ['GET /items/7', '/items/{id}', { id: '7' }],
  ['GET /items/a%2Fb%20c', '/items/{id}', { id: 'a/b c' }],
  ['HEAD /items/7', '/items/{id}', { id: '7' }],
  ['PUT /items/7', '/items/{id}', { id: '7' }, '{"a":"más \\" \\u2028"}'],
  ['PATCH /items/7', '/items/{id}', { id: '7' }, '{}'],
  ['DELETE /items/7', '/items/{id}', { id: '7' }],
  ['OPTIONS /items/7', '/items/{id}', { id: '7' }],
  ['HEAD /items/7/file', '/items/{id}/file', { id: '7' }],
  ['GET /items/7/parts/x.y', '/items/{id}/parts/{part}', { id: '7', part: 'x.y' }],
  ['HEAD /items/7/parts/2', '/items/{id}/parts/{part}', { id: '7', part: '2' }],
  ['GET /files/a', '/files/{proxy+}', { proxy: 'a' }],
  ['HEAD /files/a/b', '/files/{proxy+}', { proxy: 'a/b' }],
  ['POST /files/a/b%20c/d', '/files/{proxy+}', { proxy: 'a/b c/d' }, '"text"'],
  ['PUT /files/a/', '/files/{proxy+}', { proxy: 'a/' }, '{"a":1}'],
  ['PATCH /files/x?y=1', '/files/{proxy+}', { proxy: 'x' }, '{"a":1}'],
  ['DELETE /files/x', '/files/{proxy+}', { proxy: 'x' }],
  ['OPTIONS /files/x', '/files/{proxy+}', { proxy: 'x' }],
];

/** What no route takes. */
const REFUSED = [
  'DELETE /items',
  // The nearest pattern of the path has no other method, and the gateway looks at no other.
  'PUT /items/new',
  'GET /items/7/file',
  'POST /items/7/parts/1',
  'OPTIONS /items',
  'GET /files',
  'GET /items/7/other',
  'GET /nowhere',
];

/** What the connection says, or the laptop's CORS plugin on every answer, and not the service. */
const OF_CONNECTION = /^(connection|keep-alive|date|content-length|transfer-encoding|vary)$/;

const headersOf = (headers: Iterable<readonly [string, string]>) =>
  Object.fromEntries(
    [...headers]
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OF_CONNECTION.test(name)),
  );

const shown = ({ method, path, headers, body }: Seen) => ({
  method,
  path,
  body,
  type: headers['content-type'],
});

describe('twelve routes behind one entry', () => {
  let template: Packaged;
  beforeAll(async () => {
    template = await packaged('dev', {}, FILE);
  }, 240_000);

  const givenBoth = async () => {
    const upstream = await givenUpstream();
    upstream.respond(({ method, path, body }, response) => {
      const status = method === 'POST' ? 201 : method === 'DELETE' ? 204 : 200;
      const type = status === 204 ? {} : { 'Content-Type': 'text/plain' };
      response.writeHead(status, { ...type, ETag: '"7"', 'X-Of': 'the API' });
      response.end(status === 204 ? '' : `${method} ${path} ${body}`);
    });
    const { service } = givenService(upstream.url);
    const scopes = readScopes('dev', FILE);
    const resources: [string, object][] = [];
    const full: typeof service.full = (request, context) => {
      resources.push([request.resource, request.pathParameters]);
      return service.full(request, context);
    };
    const { url, engine } = await givenFront({ scopes, service: { ...service, full } });
    const gateway = packagedGateway(template, engine);
    return { url, gateway, upstream, resources };
  };

  test.each(SERVED)('%s is answered alike', async (line, resource, parameters = {}, body) => {
    const { url, gateway, upstream, resources } = await givenBoth();
    const [method = '', target = ''] = line.split(' ');
    const headers: Partial<typeof JSON_TYPE> = body === undefined ? {} : JSON_TYPE;
    const response = await fetch(`${url}${target}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const laptop = {
      status: response.status,
      headers: headersOf(response.headers),
      body: await response.text(),
    };
    const answer = await gateway({ method, target, headers, body });
    const deployed = answer && { ...answer, headers: headersOf(Object.entries(answer.headers)) };
    expect(laptop.headers).toMatchObject({ 'x-of': 'the API', 'x-service-level': '1' });
    expect(deployed).toEqual(laptop);
    const seen = { method, path: target, body: body ?? '', type: headers['content-type'] };
    expect(upstream.seen.map(shown)).toEqual([seen, seen]);
    expect(resources).toEqual([
      [resource, parameters],
      [resource, parameters],
    ]);
  });

  test.each(REFUSED)('%s is refused by both', async (line) => {
    const { url, gateway, upstream } = await givenBoth();
    const [method = '', target = ''] = line.split(' ');
    const { status } = await fetch(`${url}${target}`, { method });
    expect([404, 405]).toContain(status);
    expect(await gateway({ method, target })).toBeNull();
    expect(upstream.seen).toEqual([]);
  });
});

/** An API that nobody wrote for this: what it answers through the service is what it answers itself. */
import jsonServer from 'json-server';
import { describe, expect, test, vi } from 'vitest';
import type { ServiceRequest, TextAnswer } from '../../lib/services/service.ts';
import { listening } from '../listen.ts';
import { CONTEXT, givenService, requestOf } from './upstreams.ts';

/** Starts json-server with orders and customers of its own, below a prefix. */
const givenApi = async (): Promise<URL> => {
  const app = jsonServer.create();
  const orders = [
    { id: 1, customerId: 'más', total: 10 },
    { id: 2, customerId: 'ana', total: 20 },
    { id: 'a/b c', customerId: 'ana', total: 30 },
    { id: 4, customerId: 'más', total: 40 },
  ];
  app.use(jsonServer.defaults({ logger: false }));
  app.use(
    '/v1',
    jsonServer.router({ orders, customers: [{ id: 'ana' }, { id: 'más' }], notes: [{ id: 1 }] }),
  );
  return new URL(`${await listening(app)}/v1`);
};

/** One request after the other: a later one sees what an earlier one did. */
type Step = readonly [
  line: string,
  body?: string | undefined,
  headers?: Readonly<Record<string, string>>,
];

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

const FLOWS: Readonly<Record<string, readonly Step[]>> = {
  reads: [
    ['GET /orders'],
    ['GET /orders/2'],
    ['GET /orders/a%2Fb%20c'],
    ['GET /customers/m%C3%A1s/orders'],
    ['GET /nowhere'],
    ['GET /orders/77'],
    ['GET /'],
  ],
  queries: [
    ['GET /orders?id=1&id=2'],
    ['GET /orders?_page=2&_limit=2'],
    ['GET /orders?customerId=m%C3%A1s&_sort=total&_order=desc'],
    ['GET /orders?q=b+c'],
    ['GET /orders?total_gte=20&total_lte=30&_embed='],
  ],
  'heads, and what may be asked': [
    ['HEAD /orders'],
    ['HEAD /orders/77'],
    ['OPTIONS /orders', undefined, { origin: 'https://shop.example' }],
  ],
  'a life of an order': [
    ['POST /orders', '{"id":9,"customerId":"ana","total":1.50}', JSON_TYPE],
    ['GET /orders/9'],
    ['PUT /orders/9', '{"customerId":"más","total":2}', JSON_TYPE],
    ['PATCH /orders/9', '{"total":3}', JSON_TYPE],
    ['GET /customers/m%C3%A1s/orders?total=3'],
    ['DELETE /orders/9'],
    ['GET /orders/9'],
    ['DELETE /orders/9'],
  ],
  'other bodies, and none': [
    ['POST /orders', 'customerId=ana&total=7', FORM_TYPE],
    ['POST /notes'],
    ['POST /orders', '{"broken":', JSON_TYPE],
    ['PUT /orders', '{}', JSON_TYPE],
    ['PATCH /orders/1', undefined, JSON_TYPE],
  ],
};

/** What the connection and its moment say, and what a front of a browser answers for itself. */
const OTHER = /^(connection|keep-alive|date|content-length|transfer-encoding|access-control-.*)$/;

interface Shown {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const shown = (
  status: number,
  headers: Iterable<readonly [string, string]>,
  body: string,
): Shown => ({
  status,
  headers: Object.fromEntries(
    [...headers]
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OTHER.test(name))
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ),
  body,
});

const asked = async (api: URL, [line, body, headers]: Step): Promise<Shown> => {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(`${api.href}${path}`, {
    method,
    headers: { 'accept-encoding': 'identity', ...headers },
    ...(body !== undefined && { body }),
    redirect: 'manual',
  });
  return shown(response.status, response.headers, await response.text());
};

const throughService = async (
  service: ReturnType<typeof givenService>['service'],
  [line, bodyText = '', headers = {}]: Step,
): Promise<Shown> => {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', queryText = ''] = target.split('?');
  const request: ServiceRequest = requestOf({
    method,
    queryText,
    headers,
    bodyText,
    resource: '/{proxy+}',
    pathParameters: { proxy: path.slice(1) },
  });
  const answer = (await service.full(request, CONTEXT)) as TextAnswer;
  return shown(answer.statusCode, Object.entries(answer.headers), answer.bodyText);
};

describe('json-server answers through the service as it does itself', () => {
  test.each(Object.keys(FLOWS))('%s', async (name) => {
    // It logs what its clients do wrong.
    vi.spyOn(console, 'error').mockReturnValue();
    const [api, behind] = [await givenApi(), await givenApi()];
    const { service } = givenService(behind);
    for (const step of FLOWS[name] ?? []) {
      const expected = await asked(api, step);
      const got = await throughService(service, step);
      // Both tell where they are themselves.
      const told = JSON.stringify(got).replaceAll(behind.host, api.host);
      expect([step[0], JSON.parse(told)]).toEqual([step[0], expected]);
    }
  });

  test('and confirms what a client has already', async () => {
    const { service } = givenService(await givenApi());
    const first = await throughService(service, ['GET /orders/2']);
    const headers = { 'if-none-match': first.headers['etag'] ?? '' };
    expect(await throughService(service, ['GET /orders/2', '', headers])).toMatchObject({
      status: 304,
      body: '',
    });
  });

  test('and tells where what it made is, on the path of the caller', async () => {
    const api = await givenApi();
    const { service } = givenService(api, { location: 'rewrite' });
    const made = await throughService(service, ['POST /orders', '{"id":9}', JSON_TYPE]);
    expect(made).toMatchObject({ status: 201, headers: { location: '/orders/9' } });
  });
});

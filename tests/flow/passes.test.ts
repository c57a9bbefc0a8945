/** Before one URL, or three, and nothing else: each method and path passes, as the API behind it says it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { listening } from '../listen.ts';
import { givenService, type RunningService } from './given.ts';

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await request.setEncoding('utf8').toArray()).join('');
  const asked = `${request.method} ${request.url} ${body}`.trim();
  response.writeHead(request.method === 'POST' ? 201 : 200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Access-Control-Allow-Origin': 'https://shop.example',
    'X-Asked': asked,
  });
  response.end(asked);
}

/** An API that says what it was asked, and which pages of other origins may ask. */
const givenApi = (): Promise<string> =>
  listening((request, response) => void answer(request, response));

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const PATHS = ['/', '/items', '/items/a%2Fb?x=1', '/items/7/files/x/y%20z', '/service-api/more'];

async function answersOf(service: RunningService) {
  const asked = METHODS.flatMap((method) => PATHS.map((path) => [method, path] as const));
  return Promise.all(
    asked.map(async ([method, path]) => {
      const { status, headers } = await fetch(`${service.url}${path}`, { method });
      return [method, path, status, headers.get('X-Asked')];
    }),
  );
}

const EXPECTED = METHODS.flatMap((method) =>
  PATHS.map((path) => [method, path, method === 'POST' ? 201 : 200, `${method} ${path}`]),
);

describe('every method and path passes', () => {
  test('with the three URLs alone', async () => {
    const url = await givenApi();
    const service = await givenService({
      FULL_UPSTREAM_URL: url,
      DEGRADED_UPSTREAM_URL: await givenApi(),
      PROBE_URL: `${url}/health`,
    });
    expect(await answersOf(service)).toEqual(EXPECTED);
  });

  test('with one URL alone, with its own words for pages of other origins', async () => {
    const service = await givenService({ FULL_UPSTREAM_URL: await givenApi() });
    expect(await answersOf(service)).toEqual(EXPECTED);
    const headers = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'PUT' };
    const preflight = await service.send('OPTIONS', '/items/7', { headers });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('https://shop.example');
  });

  test('and /service-api is the URL itself, by every method', async () => {
    const service = await givenService({ FULL_UPSTREAM_URL: `${await givenApi()}/v1` });
    const asked = await Promise.all(
      METHODS.map(async (method) => {
        const { headers } = await fetch(`${service.url}/service-api`, { method });
        return headers.get('X-Asked');
      }),
    );
    expect(asked).toEqual(METHODS.map((method) => `${method} /v1`));
  });
});

/** The whole system before one API alone: level 2 serves its last good answers. */
import { expect, test } from 'vitest';
import { givenUpstream } from '../services/upstreams.ts';
import { givenService } from './given.ts';

test(
  'with one URL, an API that fails is served from what it answered last',
  { timeout: 60_000 },
  async () => {
    const full = await givenUpstream();
    full.respond(({ path }, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`fresh ${path}`);
    });
    const service = await givenService({ FULL_UPSTREAM_URL: full.url.href, POLICY: 'bank' });
    const ask = async (path: string, method = 'GET') => {
      const response = await fetch(`${service.url}${path}`, { method });
      const { headers } = response;
      const level = headers.get('X-Service-Level');
      const body = await response.text();
      return {
        status: response.status,
        level,
        age: headers.get('Age'),
        warning: headers.get('Warning'),
        body,
      };
    };
    const path = '/orders/a%2Fb/';
    expect(await ask(path)).toMatchObject({ status: 200, level: '1', body: `fresh ${path}` });

    full.answer(500);
    for (let times = 0; times < 5; times += 1) await ask('/failing');
    expect(await ask(path)).toEqual({
      status: 200,
      level: '2',
      age: expect.stringMatching(/^\d+$/) as string,
      warning: '110 - "Response is Stale"',
      body: `fresh ${path}`,
    });
    expect(await ask('/orders/other')).toMatchObject({ status: 503, level: '2' });
    expect(await ask(path, 'DELETE')).toMatchObject({ status: 503, level: '2' });
  },
);

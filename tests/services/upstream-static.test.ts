/** The static answer of level 2: it depends on nothing. */
import { describe, expect, test } from 'vitest';
import { CONTEXT, givenService, requestOf } from './upstreams.ts';

describe('a static answer', () => {
  const givenStatic = (status: number) =>
    givenService(new URL('http://127.0.0.1:1'), {
      degraded: { status, contentType: 'text/html', text: '<p>later</p>' },
      probeUrl: undefined,
    }).service;

  test.each([
    [200, 'success'],
    [302, 'success'],
    [404, 'none'],
    [503, 'none'],
  ])('of %i serves whatever is asked, with the outcome %s', async (statusCode, outcome) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await givenStatic(statusCode).degraded(requestOf({ method }), CONTEXT)).toEqual({
        outcome,
        statusCode,
        headers: { 'Content-Type': 'text/html' },
        bodyText: '<p>later</p>',
      });
    }
  });

  test('has no body for HEAD', async () => {
    const request = requestOf({ method: 'HEAD' });
    expect(await givenStatic(200).degraded(request, CONTEXT)).toMatchObject({ bodyText: '' });
  });

  test('is always well: its probe depends on nothing', async () => {
    const { probe } = givenStatic(200);
    expect(await probe('degraded', requestOf(), CONTEXT)).toBe('success');
    expect(await probe('full', requestOf(), CONTEXT)).toBe('none');
  });
});

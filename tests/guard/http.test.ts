/** How answers, errors and events of HTTP are read by the ladder, and what it adds to an answer. */
import { describe, expect, test } from 'vitest';
import {
  headersOf,
  isSafeMethod,
  levelHeaders,
  outcomeOfError,
  outcomeOfStatus,
  PAGE,
} from '../../lib/guard/http.ts';
import { isSafeEvent, pageFor, statusOf, withHeaders } from '../../lib/guard/lambda-event.ts';
import { outcomeOfResult } from '../../lib/guard/lambda.ts';
import { requestOf } from './given.ts';

test.each([
  [199, 'success'],
  [200, 'success'],
  [299, 'success'],
  [300, 'none'],
  [302, 'none'],
  [303, 'none'],
  [304, 'success'],
  [305, 'none'],
  [404, 'none'],
  [429, 'error'],
  [499, 'none'],
  [500, 'error'],
  [503, 'error'],
])('a status of %i shows %s', (status, outcome) => {
  expect(outcomeOfStatus(status, [429])).toBe(outcome);
});

test.each<[string, unknown, string]>([
  ['without a status', new Error('down'), 'error'],
  ['that is nothing', undefined, 'error'],
  ['of the server', { status: 500 }, 'error'],
  ['of the client', { status: 404 }, 'none'],
  ['the first of those', { status: 400 }, 'none'],
  ['by the other name', { statusCode: 404 }, 'none'],
  ['by both names', { status: 404, statusCode: 500 }, 'none'],
  ['with a status that is no error', { status: 399 }, 'error'],
  ['with a status that is no number', { status: '404' }, 'error'],
  ['that is counted', { status: 429 }, 'error'],
])('an error %s', (_what, error, outcome) => {
  expect(outcomeOfError(error, [429])).toBe(outcome);
});

test.each([
  ['GET', true],
  ['HEAD', true],
  ['POST', false],
  [undefined, false],
])('%s is safe: %s', (method, isSafe) => {
  expect(isSafeMethod(method)).toBe(isSafe);
});

test('the headers say who served, and what was otherwise', () => {
  const served = { level: 2, failOpen: false, shielded: false } as const;
  expect(levelHeaders(served)).toEqual({ 'X-Service-Level': '2' });
  expect(levelHeaders({ ...served, failOpen: true, shielded: true })).toEqual({
    'X-Service-Level': '2',
    'X-Service-Fail-Open': 'true',
    'X-Service-Shielded': 'true',
  });
});

test('the headers of a moment are those of no later one', () => {
  const cookies = ['a=1'];
  const answer = { 'set-cookie': cookies, 'content-length': 7, etag: 'x' };
  const headers = headersOf({ getHeaders: () => answer });
  cookies.push('b=2');
  expect(headers).toEqual({ ...answer, 'set-cookie': ['a=1'] });
});

test('the page is that of the workflow', () => {
  expect(PAGE.statusCode).toBe(503);
  expect(PAGE.contentType).toBe('application/json; charset=utf-8');
  expect(JSON.parse(PAGE.body)).toEqual({ status: 503, message: expect.any(String) as string });
});

const LISTS = { httpMethod: 'GET', requestContext: { elb: {} }, multiValueHeaders: {} };

describe('an event', () => {
  test.each<[string, unknown, boolean]>([
    ['of a REST API', { httpMethod: 'GET' }, true],
    ['of an HTTP API', requestOf('GET'), true],
    ['of either that is not safe', requestOf('POST'), false],
    ['of a queue', { Records: [] }, false],
    ['that is none', 'GET', false],
    ['that is nothing', null, false],
    ['with a context that is none', { requestContext: 'http' }, false],
    ['whose method stands in its head', { httpMethod: 'POST', ...requestOf('GET') }, false],
  ])('%s', (_what, event, isSafe) => {
    expect(isSafeEvent(event)).toBe(isSafe);
  });

  test('gets the page in the form that it takes', () => {
    const { body, contentType } = PAGE;
    const page = { statusCode: 503, body, isBase64Encoded: false };
    const headers = { 'Content-Type': contentType, 'Retry-After': '7' };
    for (const event of [requestOf('GET'), null, { ...LISTS, requestContext: {} }]) {
      expect(pageFor(event, 7)).toEqual({ ...page, headers });
    }
    expect(pageFor({ ...LISTS, multiValueHeaders: undefined }, 7)).toEqual({ ...page, headers });
    expect(pageFor(LISTS, 7)).toEqual({
      ...page,
      statusDescription: '503 Service Unavailable',
      multiValueHeaders: { 'Content-Type': [contentType], 'Retry-After': ['7'] },
    });
  });

  test('gets an answer with more headers, in the same form', () => {
    const added = { 'X-Service-Level': '1' };
    const answer = { statusCode: 200, headers: { etag: 'x' } };
    expect(withHeaders({}, answer, added)).toEqual({
      statusCode: 200,
      headers: { etag: 'x', 'X-Service-Level': '1' },
    });
    expect(withHeaders({}, { statusCode: 200 }, added)).toEqual({
      statusCode: 200,
      headers: added,
    });
    expect(
      withHeaders(LISTS, { statusCode: 200, multiValueHeaders: { etag: ['x'] } }, added),
    ).toEqual({ statusCode: 200, multiValueHeaders: { etag: ['x'], 'X-Service-Level': ['1'] } });
    for (const other of ['text', 7, null, undefined, { status: 200 }, { statusCode: '200' }]) {
      expect(withHeaders({}, other, added)).toBe(other);
    }
  });
});

test('the status of an answer is a number, or it is no answer of HTTP', () => {
  expect(statusOf({ statusCode: 204 })).toBe(204);
  expect(statusOf({ statusCode: '204' })).toBeUndefined();
  expect(statusOf(undefined)).toBeUndefined();
});

test('an answer is judged by its user, else by its status, else it is a success', () => {
  const byUser = outcomeOfResult<{ readonly ok: boolean }>(({ ok }) => (ok ? 'none' : 'error'));
  expect(byUser({ ok: true }, [])).toBe('none');
  expect(byUser({ ok: false }, [])).toBe('error');
  const byStatus = outcomeOfResult<unknown>(undefined);
  expect(byStatus({ statusCode: 500 }, [])).toBe('error');
  expect(byStatus({ statusCode: 404 }, [])).toBe('none');
  expect(byStatus({ statusCode: 404 }, [404])).toBe('error');
  expect(byStatus('text', [])).toBe('success');
});

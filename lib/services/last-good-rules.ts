/** Which answers are kept as last good ones, for whom, and when one may be served again. */
import { createHash } from 'node:crypto';
import type { KeptAnswer } from './last-good.ts';
import { MAX_BINARY_HEAD_BYTES, type RequestText, type TextAnswer } from './service.ts';
import type { LastGoodUse } from './upstream-settings.ts';

/** The largest body that is kept, in bytes as it lies in the table. */
const MAX_KEPT_BYTES = 100 * 1024;

/** What says who asks: an answer to such a request may be meant for nobody else. */
const CALLER_HEADERS = ['authorization', 'cookie', 'x-api-key'];

/** It is replaced on the way, so it makes no difference. */
const SAME_FOR_ALL = new Set(['accept-encoding']);

type Headers = RequestText['headers'];

/** Whether an answer of the full face is kept: GET, 200, small, and not private (RFC 9111, 3). */
export function isKept(
  { method, headers: asked }: RequestText,
  { statusCode, headers, bodyText }: TextAnswer,
  use: LastGoodUse,
): boolean {
  const directives = directivesOf(headers);
  const isPerCaller = use === 'last-good-per-caller';
  return (
    method === 'GET' &&
    statusCode === 200 &&
    !directives.has('no-store') &&
    !directives.has('no-cache') &&
    !directivesOf(asked).has('no-store') &&
    (isPerCaller || (!directives.has('private') && callerOf(asked).every((text) => text === ''))) &&
    headers['set-cookie'] === undefined &&
    !varyOf(headers).includes('*') &&
    Buffer.byteLength(bodyText) <= MAX_KEPT_BYTES &&
    Buffer.byteLength(JSON.stringify(headers)) <= MAX_BINARY_HEAD_BYTES
  );
}

/**
 * The key of an answer: a hash, so that no query and no caller can be read from it.
 *
 * @param path Path and query as they are asked of the upstream.
 */
export function keptKey(scope: string, path: string, headers: Headers, use: LastGoodUse): string {
  const caller = use === 'last-good-per-caller' ? callerOf(headers) : [];
  return createHash('sha256')
    .update(JSON.stringify([scope, path, ...caller]))
    .digest('base64url');
}

/** What the request has of each header that the answer's Vary names. */
export function variedOf(asked: Headers, answer: Headers): Record<string, string> {
  return Object.fromEntries(
    varyOf(answer)
      .filter((name) => !SAME_FOR_ALL.has(name))
      .map((name) => [name, asked[name] ?? '']),
  );
}

/** Whether a kept answer is one to this request (RFC 9111, 4.1). */
export function isAnswerTo(asked: Headers, { varied }: KeptAnswer): boolean {
  return Object.entries(varied).every(([name, value]) => (asked[name] ?? '') === value);
}

/** A kept answer as it is served again: with its age, and what that means (RFC 9111, 5.1 and 5.5). */
export function servedAgain(kept: KeptAnswer, atMs: number, method: string): TextAnswer {
  const { headers, bodyText, bodyIsBase64, keptAtMs } = kept;
  const ageS = Math.max(0, Math.floor((atMs - keptAtMs) / 1_000));
  const before = Number(headers['age'] ?? 0);
  const age = String(ageS + (Number.isSafeInteger(before) && before > 0 ? before : 0));
  const isHead = method === 'HEAD';
  return {
    outcome: 'success',
    statusCode: 200,
    headers: { ...headers, age, warning: '110 - "Response is Stale"' },
    bodyText: isHead ? '' : bodyText,
    ...(bodyIsBase64 && !isHead && { bodyIsBase64 }),
  };
}

function callerOf(headers: Headers): string[] {
  return CALLER_HEADERS.map((name) => headers[name] ?? '');
}

function varyOf(headers: Headers): string[] {
  return listOf(headers['vary']);
}

function directivesOf(headers: Headers): Set<string> {
  return new Set(listOf(headers['cache-control']).map((part) => part.split('=')[0] ?? ''));
}

function listOf(text = ''): string[] {
  return text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

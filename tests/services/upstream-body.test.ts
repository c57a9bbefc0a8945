/** Bodies, both ways: every type of text and of bytes, in every charset and coding that servers use. */
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_BINARY_BYTES, type TextAnswer } from '../../lib/services/service.ts';
import type { UpstreamParts } from '../../lib/services/upstream-parts.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

const GET = requestOf({ method: 'GET' });

const answerTo = async (
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  { status = 200, ...parts }: Partial<UpstreamParts> & { readonly status?: number } = {},
) => {
  const upstream = await givenUpstream();
  upstream.respond((_seen, response) => void response.writeHead(status, headers).end(body));
  const { service } = givenService(upstream.url, {}, parts);
  return (await service.full(GET, CONTEXT)) as TextAnswer;
};

describe('an encoded answer passes decoded', () => {
  const text = '{"a":"más 🙂"}';

  test.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity, gzip', gzipSync(text)],
  ])('from %s', async (coding, bytes) => {
    const headers = { 'Content-Encoding': coding, ETag: '"x"', 'Content-MD5': 'x' };
    const answer = await answerTo(bytes, { ...headers, 'Content-Type': 'application/json' });
    expect(answer).toMatchObject({ outcome: 'success', statusCode: 200, bodyText: text });
    expect(answer.headers).toMatchObject({ etag: '"x"', 'Content-Type': 'application/json' });
    // They would be of other bytes.
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(answer.headers).not.toHaveProperty('content-md5');
  });

  test('where it has no body, too', async () => {
    expect(await answerTo('', { 'Content-Encoding': 'gzip' })).toMatchObject({ bodyText: '' });
  });

  test('where it is of a failure', async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    expect(await answerTo(gzipSync('down'), headers, { status: 500 })).toMatchObject({
      outcome: 'error',
      statusCode: 500,
      bodyText: 'down',
    });
  });
});

describe('text in another charset passes as UTF-8', () => {
  const XML = '<?xml version="1.0" encoding="ISO-8859-1"?><a>más</a>';

  test.each<[string, Buffer, string, string]>([
    [
      'text/plain; charset=iso-8859-1',
      Buffer.from('más', 'latin1'),
      'más',
      'text/plain; charset=utf-8',
    ],
    [
      'text/html;Charset="windows-1252"; x=y',
      Buffer.from([0x80]),
      '€',
      'text/html; x=y; charset=utf-8',
    ],
    [
      'text/csv; charset=shift_jis',
      Buffer.from([0x93, 0xfa, 0x96, 0x7b]),
      '日本',
      'text/csv; charset=utf-8',
    ],
    [
      'application/xml; charset=utf-16',
      Buffer.from('\uFEFF<a/>', 'utf16le'),
      '<a/>',
      'application/xml; charset=utf-8',
    ],
    ['application/xml', Buffer.from(XML, 'latin1'), XML, 'application/xml; charset=utf-8'],
    [
      'application/soap+xml',
      Buffer.from(XML, 'latin1'),
      XML,
      'application/soap+xml; charset=utf-8',
    ],
    ['text/plain', Buffer.from('más', 'latin1'), 'más', 'text/plain; charset=utf-8'],
    // What needs no other name keeps its own.
    ['text/plain; charset=iso-8859-1', Buffer.from('mas'), 'mas', 'text/plain; charset=iso-8859-1'],
    ['text/plain; charset=UTF8', Buffer.from('más'), 'más', 'text/plain; charset=UTF8'],
    ['application/octet-stream', Buffer.from('más'), 'más', 'application/octet-stream'],
  ])('%s', async (type, bytes, text, shown) => {
    const answer = await answerTo(bytes, { 'Content-Type': type });
    expect(answer).toMatchObject({ bodyText: text, headers: { 'Content-Type': shown } });
    expect(answer).not.toHaveProperty('bodyIsBase64');
  });
});

describe('an answer that is no text', () => {
  const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00]);
  const LATIN_1 = Buffer.from('más', 'latin1');

  test.each<[string, Buffer, Readonly<Record<string, string>>, number]>([
    ['an image', PNG, { 'Content-Type': 'image/png' }, 200],
    ['no type', PNG, {}, 200],
    [
      'XML without a type',
      Buffer.from('<?xml version="1.0" encoding="latin1"?>más', 'latin1'),
      {},
      200,
    ],
    ['XML in a charset that it does not say', LATIN_1, { 'Content-Type': 'text/xml' }, 200],
    ['text that is none', PNG, { 'Content-Type': 'text/plain' }, 200],
    ['UTF-8 that is none', LATIN_1, { 'Content-Type': 'text/plain; charset=utf-8' }, 200],
    ['a charset that nobody knows', LATIN_1, { 'Content-Type': 'text/plain; charset=x' }, 200],
    ['a part of a text', LATIN_1, { 'Content-Type': 'text/plain; charset=latin1' }, 206],
    ['180 KiB', Buffer.alloc(MAX_BINARY_BYTES, 0xff), {}, 200],
  ])('passes as base64: %s', async (_what, bytes, headers, status) => {
    const answer = await answerTo(bytes, headers, { status });
    expect(answer).toMatchObject({ outcome: 'success', statusCode: status, bodyIsBase64: true });
    expect(Buffer.from(answer.bodyText, 'base64').equals(bytes)).toBe(true);
    expect(answer.headers['Content-Type']).toBe(headers['Content-Type']);
  });

  test('passes decoded', async () => {
    const answer = await answerTo(gzipSync(PNG), { 'Content-Encoding': 'gzip' });
    expect(answer).toMatchObject({ bodyIsBase64: true, bodyText: PNG.toString('base64') });
  });

  test('is refused in one sentence where the gateway cannot carry it', async () => {
    expect(await answerTo(PNG, {}, { carriesBinary: false })).toEqual({
      outcome: 'none',
      statusCode: 502,
      headers: {},
      body: {
        status: 502,
        message: "the upstream's answer is no text, and nothing else can pass this gateway",
      },
    });
  });
});

describe('a request', () => {
  const sent = async (given: Parameters<typeof requestOf>[0]) => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(given), CONTEXT)).toMatchObject({ outcome: 'success' });
    const [seen] = upstream.seen;
    const { headers = {}, bytes = Buffer.of() } = seen ?? {};
    return { bytes, length: headers['content-length'], coding: headers['transfer-encoding'] };
  };

  test.each([
    ['application/x-www-form-urlencoded', 'a=1&b=x+y%26'],
    ['application/xml', '<?xml version="1.0"?><a>más</a>'],
    ['application/vnd.api+json', '{"data":[]}'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--'],
    ['text/plain', 'no JSON'],
    ['application/json', '{}'],
  ])('of %s goes as it is', async (type, bodyText) => {
    const { bytes, length } = await sent({ headers: { 'content-type': type }, bodyText });
    expect(bytes.toString()).toBe(bodyText);
    expect(length).toBe(String(Buffer.byteLength(bodyText)));
  });

  test('of bytes goes as they are', async () => {
    const bytes = Buffer.from([0, 0xff, 0x89, 0x0d]);
    const sentBytes = await sent({ bodyText: bytes.toString('base64'), bodyIsBase64: true });
    expect(sentBytes.bytes.equals(bytes)).toBe(true);
  });

  test.each<[string, Parameters<typeof requestOf>[0], string]>([
    ['of none', { bodyText: '' }, ''],
    ['of none, as the mapping shows it', { bodyText: '{}' }, ''],
    ['of none, by its length', { bodyText: '{}', headers: { 'content-length': '0' } }, ''],
    ['of an object, by its length', { bodyText: '{}', headers: { 'content-length': '2' } }, '{}'],
    [
      'of an object, by its coding',
      { bodyText: '{}', headers: { 'transfer-encoding': 'chunked' } },
      '{}',
    ],
    ['of an object, by its type', { bodyText: '{}', headers: { 'content-type': 'text/x' } }, '{}'],
    ['of any other body', { bodyText: '[]' }, '[]'],
  ])('%s', async (_what, given, body) => {
    for (const method of ['POST', 'DELETE', 'GET']) {
      const { bytes, length, coding } = await sent({ ...given, method });
      expect(bytes.toString()).toBe(body);
      expect(coding).toBeUndefined();
      // A POST of nothing says so; what has no meaning says nothing.
      const none = method === 'POST' ? '0' : undefined;
      expect(length).toBe(body === '' ? none : String(body.length));
    }
  });
});

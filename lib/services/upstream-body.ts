/** The body of an upstream's answer as it is passed on: decoded, as UTF-8 text where it is text, else as base64. */
import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { MAX_BINARY_BYTES, MAX_BODY_BYTES } from './service.ts';
import { UpstreamAnswerError } from './upstream-reply.ts';

/** A body as it is passed on. */
export interface PassedBody {
  readonly bodyText: string;
  readonly bodyIsBase64?: true;
  /** Where it is another than the upstream's, since the text is UTF-8 now. */
  readonly contentType?: string;
  /** Whether its bytes are others than those that came. */
  readonly isChanged: boolean;
}

/** What an answer says of its body. */
export interface BodyHead {
  readonly statusCode: number;
  readonly contentType: string;
  readonly contentEncoding: string;
}

/** What the client is told of a body that is too large. */
export const TOO_LARGE = `is too large; as text inside JSON it may have ${MAX_BODY_BYTES} bytes, else ${MAX_BINARY_BYTES}`;

/** What the client is told of bytes where the gateway has no way to carry them. */
const NO_TEXT = 'is no text, and nothing else can pass this gateway';

type Decoder = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

/** RFC 9110, 8.4.1.2 means zlib's form; servers that send the bare one are as old as the name. */
const zlibOrRaw: Decoder = (bytes, options) => {
  try {
    return inflateSync(bytes, options);
  } catch (error) {
    if (codeOf(error) === 'Z_DATA_ERROR') return inflateRawSync(bytes, options);
    throw error;
  }
};

/** The content codings of RFC 9110, 8.4.1, and those registered since. */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', zlibOrRaw],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
]);

/** More than one is rare, and each may make much of little. */
const MAX_CODINGS = 2;

/**
 * Reads a body.
 *
 * @param carriesBinary Whether what is no text may pass as base64.
 * @throws UpstreamAnswerError with what cannot pass, in words for the client.
 */
export function passedBody(bytes: Buffer, head: BodyHead, carriesBinary: boolean): PassedBody {
  const codings = codingsOf(head.contentEncoding);
  const isDecoded = codings.length > 0 && bytes.length > 0;
  const plain = isDecoded ? decoded(bytes, codings, head) : bytes;
  const text = textOf(plain, head);
  if (text !== null) return { ...text, isChanged: isDecoded || text.isChanged };
  if (!carriesBinary) throw new UpstreamAnswerError(head.statusCode, NO_TEXT);
  if (plain.length > MAX_BINARY_BYTES) throw new UpstreamAnswerError(head.statusCode, TOO_LARGE);
  return { bodyText: plain.toString('base64'), bodyIsBase64: true, isChanged: isDecoded };
}

function codingsOf(contentEncoding: string): string[] {
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** The last coding was put on last, so it is the first to come off. */
function decoded(bytes: Buffer, codings: readonly string[], { statusCode }: BodyHead): Buffer {
  const shown = codings.join(', ');
  const decoders = codings.flatMap((coding) => DECODERS.get(coding) ?? []).toReversed();
  const isKnown = decoders.length === codings.length && codings.length <= MAX_CODINGS;
  // A part of something compressed cannot be decoded alone.
  if (!isKnown || statusCode === 206) {
    throw new UpstreamAnswerError(statusCode, `is encoded (${shown}) in a way that cannot pass`);
  }
  try {
    const options = { maxOutputLength: MAX_BODY_BYTES };
    return decoders.reduce((plain, decode) => decode(plain, options), bytes);
  } catch (error) {
    const isTooLarge = codeOf(error) === 'ERR_BUFFER_TOO_LARGE';
    const problem = isTooLarge ? TOO_LARGE : `is not encoded as it says (${shown})`;
    throw new UpstreamAnswerError(statusCode, problem);
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}

type Text = Pick<PassedBody, 'bodyText' | 'contentType' | 'isChanged'>;

/** The text of the bytes, in whatever charset they are; null where they are none. */
function textOf(bytes: Buffer, { contentType, statusCode }: BodyHead): Text | null {
  const declared = charsetOf(contentType);
  // A part may begin in the middle of a character, and its Content-Range counts the upstream's bytes.
  const isPart = statusCode === 206;
  if (isPart || declared === undefined || /^utf-?8$/i.test(declared)) {
    const bodyText = decodeAs('utf-8', bytes, true);
    if (bodyText !== null) return { bodyText, isChanged: false };
    if (isPart) return null;
  }
  const charset = declared ?? supposedCharset(bytes, contentType);
  const bodyText = charset === undefined ? null : decodeAs(charset, bytes, false);
  if (bodyText === null) return null;
  // What is ASCII needs no other name.
  if (bytes.equals(Buffer.from(bodyText))) return { bodyText, isChanged: false };
  return { bodyText, contentType: inUtf8(contentType), isChanged: true };
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
}

/** XML says it in its first line; other text without a name for it was Latin-1 when HTTP was young. */
function supposedCharset(bytes: Buffer, contentType: string): string | undefined {
  if (bytes.includes(0)) return undefined;
  if (/\bxml\b/i.test(contentType)) {
    const start = bytes.subarray(0, 100).toString('latin1');
    return /^<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
  }
  return /^text\//i.test(contentType) ? 'windows-1252' : undefined;
}

function inUtf8(contentType: string): string {
  const others = contentType.replace(/;\s*charset\s*=\s*("[^"]*"|[^;]*)/i, '');
  return `${others}; charset=utf-8`;
}

/** @param keepBom Whether a byte order mark is a part of the text. */
function decodeAs(charset: string, bytes: Buffer, keepBom: boolean): string | null {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: keepBom }).decode(bytes);
  } catch {
    return null;
  }
}

/** Which headers pass to an upstream and back: those of the whole way, not those of one connection. */
import type { IncomingHttpHeaders } from 'node:http';

/** The headers of one connection (RFC 9110, 7.6.1), and those that are for proxies or of them. */
const HOP_BY_HOP = /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/** What the request to the upstream says for itself, and what is for this side to know. */
const OWN_OF_REQUEST = new Set([
  'host',
  'content-length',
  'accept-encoding',
  'expect',
  'x-forwarded-prefix',
]);

/** What would be wrong on the client's side: of another transfer, or advice of another origin. */
const OWN_OF_ANSWER = new Set(['content-length', 'content-encoding', 'alt-svc']);

/** What holds for the bytes that came from the upstream alone (RFC 9530, and what was before it). */
const OF_THE_BYTES = new Set(['content-digest', 'repr-digest', 'digest', 'content-md5']);

/** The level is the workflow's to tell. */
const FRONT_PREFIX = 'x-service-';
const CORS_PREFIX = 'access-control-';

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What a terminal obeys, of the characters that VALUE lets through. */
const CONTROL = /[\x7f-\x9f]/;

/** Whether a header can hold a value. */
export function isHeaderValue(text: string): boolean {
  return VALUE.test(text);
}

/**
 * The headers of the request to the upstream.
 *
 * @param given The client's, by lower-case name, with the X-Forwarded ones of the gateway.
 * @param executionId Sent as `X-Execution-Id`, by which the upstream's log and this one's meet, and as
 *   `X-Request-Id` where the client has none.
 * @param credentials Those that replace the client's, by lower-case name.
 */
export function requestHeaders(
  given: Readonly<Record<string, string>>,
  executionId: string,
  credentials: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const passed = pick(given, (name) => !OWN_OF_REQUEST.has(name));
  const via = '1.1 resilient-service';
  return {
    'x-request-id': executionId,
    ...passed,
    // A part could not be decoded, and no client's wish is in it: the answer passes decoded.
    'accept-encoding': 'identity',
    // RFC 9110, 7.6.3: whoever forwards comes last.
    via: passed['via'] === undefined ? via : `${passed['via']}, ${via}`,
    'x-execution-id': executionId,
    ...credentials,
  };
}

/** How an answer is passed on. */
export interface AnswerHeadersOptions {
  readonly passCors: boolean;
  /** Whether the body's bytes are others than those that came. */
  readonly isChanged: boolean;
  /** In place of the upstream's. */
  readonly contentType?: string | undefined;
}

/** The headers of the upstream's answer that are passed on, by lower-case name but for Content-Type. */
export function answerHeaders(
  given: IncomingHttpHeaders,
  { passCors, isChanged, contentType }: AnswerHeadersOptions,
): Record<string, string> {
  const { 'content-type': type, ...others } = pick(
    given,
    (name) =>
      !OWN_OF_ANSWER.has(name) &&
      !name.startsWith(FRONT_PREFIX) &&
      (passCors || !name.startsWith(CORS_PREFIX)) &&
      !(isChanged && OF_THE_BYTES.has(name)),
  );
  const shown = contentType ?? type;
  // API Gateway has one of its own, which only this spelling surely replaces.
  return shown === undefined ? others : { ...others, 'Content-Type': shown };
}

/**
 * Those that may pass. What HTTP cannot carry is left out, so that no client can fail a request with
 * it. Of several Set-Cookie the first passes: one header cannot hold several, and an answer of API
 * Gateway's mapping has one of a name.
 */
function pick(
  given: IncomingHttpHeaders,
  mayPass: (name: string) => boolean,
): Record<string, string> {
  const named = new Set((given.connection ?? '').toLowerCase().split(/[\s,]+/));
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, values]) => {
      const value = Array.isArray(values) ? values[0] : values;
      return value !== undefined &&
        NAME.test(name) &&
        VALUE.test(value) &&
        !CONTROL.test(asRead(value)) &&
        !HOP_BY_HOP.test(name) &&
        !named.has(name) &&
        mayPass(name)
        ? [[name, value]]
        : [];
    }),
  );
}

/** A value as whoever shows it reads it: UTF-8 where it is that, else a byte a character, as Node has it. */
function asRead(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

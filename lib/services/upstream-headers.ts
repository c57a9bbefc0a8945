/** Which headers pass to an upstream and back: those of the whole way, not those of one connection. */
import type { IncomingHttpHeaders } from 'node:http';

/** The headers of one connection (RFC 9110, 7.6.1), and those that are for proxies or of them. */
const HOP_BY_HOP = /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/** What the request to the upstream says for itself. */
const OWN_OF_REQUEST = new Set(['host', 'content-length', 'accept-encoding', 'expect']);

/** What would be wrong on the client's side: of another transfer, or advice of another origin. */
const OWN_OF_ANSWER = new Set(['content-length', 'content-encoding', 'alt-svc']);

/** CORS is the front's to decide, and the level is the workflow's to tell. */
const FRONT_PREFIXES = ['access-control-', 'x-service-'];

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What a terminal obeys, of the characters that VALUE lets through. */
const CONTROL = /[\x7f-\x9f]/;

/**
 * The headers of the request to the upstream.
 *
 * @param given The client's, by lower-case name.
 * @param executionId Sent as `X-Execution-Id`, by which the upstream's log and this one's meet.
 */
export function requestHeaders(
  given: Readonly<Record<string, string>>,
  executionId: string,
): Record<string, string> {
  return {
    ...pick(given, (name) => !OWN_OF_REQUEST.has(name)),
    // Only text can pass through the workflow, so a compressed answer could not.
    'accept-encoding': 'identity',
    via: '1.1 resilient-service',
    'x-execution-id': executionId,
  };
}

/** The headers of the upstream's answer that are passed on, by lower-case name but for Content-Type. */
export function answerHeaders(given: IncomingHttpHeaders): Record<string, string> {
  const { 'content-type': type, ...others } = pick(
    given,
    (name) => !OWN_OF_ANSWER.has(name) && !FRONT_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  // API Gateway has one of its own, which only this spelling surely replaces.
  return type === undefined ? others : { ...others, 'Content-Type': type };
}

/**
 * Those that may pass. What HTTP cannot carry is left out, so that no client can fail a request with
 * it; so are Set-Cookie headers, which come as a list, since one header cannot hold several.
 */
function pick(
  given: IncomingHttpHeaders,
  mayPass: (name: string) => boolean,
): Record<string, string> {
  const named = new Set((given.connection ?? '').toLowerCase().split(/[\s,]+/));
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string' &&
      NAME.test(name) &&
      VALUE.test(value) &&
      !CONTROL.test(asRead(value)) &&
      !HOP_BY_HOP.test(name) &&
      !named.has(name) &&
      mayPass(name)
        ? [[name, value]]
        : [],
    ),
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

/** From an HTTP request to the text that the workflow is told of it; resources/templates/request.vtl does the same on AWS. */
import type { FastifyRequest } from 'fastify';
import type { RequestText } from '../services/service.ts';
import { traceIn } from '../telemetry/tracing.ts';

/** What belongs to one connection, describes the body as it was on the wire, or is the gateway's own. */
const LEFT_OUT =
  /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|host|content-length|accept-encoding|expect|via|(proxy|x-forwarded|x-amzn|x-amz|cloudfront)-.*)$/;

/** Where a request came in. */
export interface Routed {
  /** The pattern of its route. */
  readonly resource: string;
  /** What its path begins with that the service knows nothing of. */
  readonly prefix: string;
  /** Whether an API of one's own serves, which is told who asks. */
  readonly forwards: boolean;
}

/**
 * What the workflow is told of a request.
 *
 */
export function requestTextOf(
  request: FastifyRequest,
  { resource, prefix, forwards }: Routed,
): RequestText {
  const { '*': rest, ...named } = request.params as Readonly<Record<string, string>>;
  const [greedy] = /(?<=\{)\w+(?=\+\})/.exec(resource) ?? [];
  return {
    requestId: request.id,
    method: request.method,
    resource,
    rawPath: request.url.slice(prefix.length).split('?', 1)[0] ?? '',
    pathParameters: { ...named, ...(greedy !== undefined && { [greedy]: rest ?? '' }) },
    query: lastValues(request.query as Readonly<Record<string, string | string[]>>),
    headers: { ...endToEndHeaders(request.raw.rawHeaders), ...(forwards && forwardedOf(request)) },
    bodyText: request.bodyText,
  };
}

/** Who asks, as an API behind this one expects to be told. */
function forwardedOf({ socket, headers }: FastifyRequest): Record<string, string> {
  return {
    'x-forwarded-for': socket.remoteAddress ?? '',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': headers.host ?? '',
  };
}

/** Whose trace a request is part of, as its client says. */
export function traceOf(request: FastifyRequest): Record<string, string> {
  return traceIn(namesAndValues(request.raw.rawHeaders));
}

/** API Gateway passes the last value of a repeated query parameter. */
export function lastValues(
  query: Readonly<Record<string, string | string[]>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, [value].flat().at(-1) ?? '']),
  );
}

/** The last value of each header that is meant for whoever answers, by lower-case name. */
function endToEndHeaders(raw: readonly string[]): Record<string, string> {
  const headers = namesAndValues(raw);
  const named = new Set(
    headers
      .filter(([name]) => name === 'connection')
      .flatMap(([, value]) => value.toLowerCase().split(','))
      .map((name) => name.trim()),
  );
  return Object.fromEntries(headers.filter(([name]) => !LEFT_OUT.test(name) && !named.has(name)));
}

/** The last value of a header, by its name in lower case; '' where it did not come. */
export function lastHeader(request: FastifyRequest, name: string): string {
  return namesAndValues(request.raw.rawHeaders).findLast(([one]) => one === name)?.[1] ?? '';
}

function namesAndValues(raw: readonly string[]): [name: string, value: string][] {
  const headers: [name: string, value: string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.push([(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? '']);
  }
  return headers;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The body exactly as it came; '' where there is none. */
    bodyText: string;
  }
}

/** One try at an upstream as a span of the request's trace, which the upstream is told of. */
import { SpanKind } from '@opentelemetry/api';
import { carrierOf, inSpan } from '../telemetry/tracing.ts';
import { UpstreamStatusError, type UpstreamReply } from './upstream-reply.ts';
import { tryOnce, type UpstreamRequest } from './upstream-try.ts';

/**
 * As tryOnce. Where nothing is traced here, the client's own trace context passes unchanged.
 *
 * @throws As tryOnce.
 */
export function tracedTry(
  url: URL,
  request: UpstreamRequest,
  options: Parameters<typeof tryOnce>[2],
): Promise<UpstreamReply> {
  const { method } = request;
  const attributes = {
    'http.request.method': method,
    'server.address': url.hostname,
    'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    // Without its query, which may hold a key.
    'url.full': `${url.origin}${url.pathname}`,
  };
  return inSpan(method, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const headers = { ...request.headers, ...carrierOf() };
    try {
      const reply = await tryOnce(url, { ...request, headers }, options);
      span.setAttribute('http.response.status_code', reply.statusCode);
      return reply;
    } catch (error) {
      if (error instanceof UpstreamStatusError) {
        span.setAttribute('http.response.status_code', error.reply.statusCode);
      }
      throw error;
    }
  });
}

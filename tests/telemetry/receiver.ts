/** A local receiver of OTLP over HTTP: what it was sent, as the tests look at it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/** A span that arrived. */
export interface Received {
  readonly name: string;
  /** As OTLP numbers them: 2 server, 3 client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: object }[];
  readonly service: unknown;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan extends Omit<Received, 'attributes' | 'events' | 'service'> {
  readonly attributes: readonly Attribute[];
  readonly events?: readonly { readonly name: string; readonly attributes: readonly Attribute[] }[];
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

interface Metrics {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[];
  }[];
}

const valuesOf = (attributes: readonly Attribute[] = []) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [only] = Object.values(value);
      return [key, 'intValue' in value ? Number(only) : only];
    }),
  );

function spansOf({ resourceSpans }: Traces): Received[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
        attributes: valuesOf(span.attributes),
        events: (span.events ?? []).map(({ name, attributes }) => ({
          name,
          attributes: valuesOf(attributes),
        })),
        service: valuesOf(resource.attributes)['service.name'],
      })),
    ),
  );
}

/** Starts one; it ends with the test. */
export async function givenReceiver(): ReturnType<typeof openReceiver> {
  const receiver = await openReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Starts one that whoever starts it ends. */
export async function openReceiver() {
  const spans: Received[] = [];
  const metrics = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      if (request.url === '/v1/traces') spans.push(...spansOf(body as Traces));
      if (request.url === '/v1/metrics') {
        for (const { scopeMetrics } of (body as Metrics).resourceMetrics) {
          for (const it of scopeMetrics.flatMap((scope) => scope.metrics)) metrics.add(it.name);
        }
      }
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      server.closeAllConnections();
      server.close();
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    /** The spans of one trace, once there are so many. */
    async trace(traceId: string, count: number): Promise<readonly Received[]> {
      const found = () => spans.filter((span) => span.traceId === traceId);
      await vi.waitUntil(() => found().length >= count, { timeout: 15_000 });
      return found();
    },
  };
}

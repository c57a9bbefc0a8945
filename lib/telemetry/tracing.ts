/** Spans and trace context by OpenTelemetry's API alone: where nobody has set up its SDK, all of this does nothing. */
import {
  context,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';

/** What names these spans and metrics in a monitor. */
export const INSTRUMENTATION = 'resilient-service';

/** A trace context as text, for example `{traceparent}` (W3C Trace Context); {} where there is none. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** The headers that say whose trace a request is part of: W3C's, and X-Ray's. */
const TRACE_HEADERS: ReadonlySet<string> = new Set([
  'traceparent',
  'tracestate',
  'x-amzn-trace-id',
]);

/** Whose trace a request is part of, as its headers say; their names are in lower case. */
export function traceIn(headers: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => TRACE_HEADERS.has(name)));
}

/** How a span begins. */
export interface SpanStart {
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
  /** What it belongs to; the span that runs now by default. */
  readonly parent?: Context;
}

/** Does work in a span that ends with it; what it throws is recorded. */
export function inSpan<T>(
  name: string,
  { kind, attributes = {}, parent = context.active() }: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return trace
    .getTracer(INSTRUMENTATION)
    .startActiveSpan(name, { kind, attributes }, parent, async (span) => {
      try {
        return await work(span);
      } catch (error) {
        failSpan(span, error);
        throw error;
      } finally {
        span.end();
      }
    });
}

/** Marks a span as failed. */
function failSpan(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  span.recordException({ name, message });
  span.setAttribute('error.type', name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Tells the span that runs now of an event. */
export function spanEvent(name: string, attributes: Attributes): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording() === true) span.addEvent(name, attributes);
}

/** The trace context that runs now, as text. */
export function carrierOf(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** The trace context that text names; one without a parent where it names none. */
export function contextOf(carrier: TraceCarrier): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}

/** The id of the trace that runs now; undefined where there is none. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

/** Sends what an SDK of this process holds back, where there is one. It never rejects. */
export async function flushOtel(): Promise<void> {
  const spans = trace.getTracerProvider() as Flushable & { getDelegate?: () => Flushable };
  const providers = [spans.getDelegate?.() ?? spans, metrics.getMeterProvider() as Flushable];
  // Whoever set it up hears of a failure from the SDK.
  await Promise.allSettled(providers.map(async (provider) => provider.forceFlush?.()));
}

interface Flushable {
  readonly forceFlush?: () => Promise<void>;
}

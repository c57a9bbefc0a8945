/** A function of the workflow as one span of the request's trace, and as the author of its log lines. */
import { SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';
import { inLogContext } from './log-context.ts';
import { contextOf, inSpan, type TraceCarrier } from './tracing.ts';

/** A function as the workflow calls it. */
type Handler<Result> = (event: unknown) => Promise<Result>;

/** What of its event is looked at; all of it is checked elsewhere. */
interface Event {
  readonly scope?: unknown;
  readonly executionId?: unknown;
  readonly readLevel?: unknown;
  readonly probe?: unknown;
  readonly trace?: unknown;
}

/** The same function, traced. */
export function traced<Result>(name: string, handler: Handler<Result>): Handler<Result> {
  return (payload) => {
    const event: Event = typeof payload === 'object' && payload !== null ? payload : {};
    const { scope, executionId } = event;
    const log = {
      ...(typeof scope === 'string' && { scope }),
      ...(typeof executionId === 'string' && { executionId }),
    };
    const span = event.probe === true ? `${name} probe` : name;
    const start = {
      kind: SpanKind.SERVER,
      attributes: attributesOf(event),
      parent: contextOf(carrierIn(event.trace)),
    };
    return inLogContext(log, () =>
      inSpan(span, start, async (running) => {
        const result = await handler(payload);
        tellResult(running, result);
        return result;
      }),
    );
  };
}

function attributesOf({ scope, executionId, readLevel }: Event): Attributes {
  return {
    'faas.trigger': 'other',
    'resilience.scope': String(scope),
    'resilience.execution_id': String(executionId),
    ...(typeof readLevel === 'number' && { 'resilience.level.read': readLevel }),
  };
}

/** A face and a probe have an outcome, the mutator says what it recorded. */
function tellResult(span: Span, result: unknown): void {
  if (!span.isRecording() || typeof result !== 'object' || result === null) return;
  const { outcome, statusCode, recorded } = result as Readonly<Record<string, unknown>>;
  if (typeof outcome === 'string') span.setAttribute('resilience.outcome', outcome);
  if (typeof recorded === 'string') span.setAttribute('resilience.recorded', recorded);
  if (typeof statusCode === 'number') span.setAttribute('http.response.status_code', statusCode);
  if (outcome === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Only strings: what a client sent in its headers is among it. */
function carrierIn(trace: unknown): TraceCarrier {
  if (typeof trace !== 'object' || trace === null) return {};
  const entries = Object.entries(trace as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** From a workflow's task to a face of a service and back: what every face function does. */
import * as v from 'valibot';
import type { Face } from '../level/level.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { MAX_BODY_BYTES, type Answer, type Json, type Service } from './service.ts';

/** What serving needs. */
export interface FaceRuntime {
  readonly services: Readonly<Record<string, Service>>;
  readonly telemetry: Telemetry;
  readonly clock: { monotonicMs(): number };
}

/** An answer on its way through the workflow, which passes the body on as it is. */
export interface FaceAnswer extends Omit<Answer, 'body'> {
  /** JSON text. */
  readonly body: string;
  /** How long the face took, in milliseconds. */
  readonly durationMs: number;
}

/** What the probe showed. */
export interface ProbeAnswer {
  readonly outcome: 'success' | 'error';
}

/** The payload of the workflow is not what a face function takes. */
class FaceEventError extends Error {
  override readonly name = 'FaceEventError';
  readonly code = 'FACE_EVENT_INVALID';
}

const INTERNAL_ERROR: Omit<FaceAnswer, 'durationMs'> = {
  outcome: 'error',
  statusCode: 500,
  headers: {},
  body: JSON.stringify({ status: 500, message: 'Internal Server Error' }),
};

const eventSchema = v.object({
  scope: v.string(),
  executionId: v.string(),
  failOpen: v.boolean(),
  // The body was checked by the gateway; what it may hold is the service's own business.
  request: v.object({ body: v.custom<Json>(() => true) }),
});

/**
 * Serves one request with one face. A face that throws, or whose answer is no answer, is an error
 * of the service: logged here with its cause, answered with a plain 500.
 *
 * @throws FaceEventError where the payload is malformed, which the workflow answers with 500.
 */
export async function serveFace(
  face: Face,
  event: unknown,
  runtime: FaceRuntime,
): Promise<FaceAnswer> {
  const { request, scope, executionId, failOpen, service } = parse(event, runtime);
  const { telemetry, clock } = runtime;
  if (failOpen) {
    telemetry.warn('state read failed, serving open', { scope, face, executionId });
    telemetry.count('StateReadFailed', scope);
  }
  const startedAt = clock.monotonicMs();
  let answer: Omit<FaceAnswer, 'durationMs'>;
  try {
    answer = checkAnswer(await service[face](request, { scope, executionId }));
  } catch (error) {
    telemetry.error('face failed', { scope, face, executionId, error });
    answer = INTERNAL_ERROR;
  }
  return { ...answer, durationMs: Math.round(clock.monotonicMs() - startedAt) };
}

/** Tries the degraded face of a service in maintenance. */
export async function probe(event: unknown, runtime: FaceRuntime): Promise<ProbeAnswer> {
  const { request, scope, executionId, service } = parse(event, runtime);
  const { telemetry } = runtime;
  let outcome: ProbeAnswer['outcome'];
  try {
    outcome =
      (await service.probe(request, { scope, executionId })) === 'success' ? 'success' : 'error';
  } catch (error) {
    telemetry.warn('probe failed', { scope, executionId, error });
    outcome = 'error';
  }
  telemetry.count('ProbeResult', scope, outcome === 'success' ? 1 : 0);
  return { outcome };
}

function parse(event: unknown, runtime: FaceRuntime) {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new FaceEventError(`payload ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  }
  const service = runtime.services[parsed.output.scope];
  if (service === undefined) {
    const known = Object.keys(runtime.services).join(', ');
    throw new FaceEventError(`scope must be one of ${known}, got ${parsed.output.scope}`);
  }
  return { ...parsed.output, service };
}

function checkAnswer(answer: Answer): Omit<FaceAnswer, 'durationMs'> {
  const { outcome, statusCode, headers, body } = answer;
  if (!['success', 'error', 'none'].includes(outcome)) {
    throw new TypeError(`an answer's outcome must be success, error or none, got ${outcome}`);
  }
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw new TypeError(`an answer's statusCode must be 200 to 599, got ${statusCode}`);
  }
  if (!isTextRecord(headers)) {
    throw new TypeError("an answer's headers must be an object of strings");
  }
  const text = JSON.stringify(body) as string | undefined;
  // The workflow's state is JSON itself, so it holds the text with its quotes escaped.
  if (text === undefined || Buffer.byteLength(JSON.stringify(text)) > MAX_BODY_BYTES) {
    throw new TypeError(
      `an answer's body must be JSON of at most ${MAX_BODY_BYTES} bytes, escaped`,
    );
  }
  return { outcome, statusCode, headers, body: text };
}

function isTextRecord(value: unknown): boolean {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap && Object.values(value).every((text) => typeof text === 'string');
}

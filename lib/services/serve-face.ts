/** From a workflow's task to a face of a service and back: what every face function does. */
import * as v from 'valibot';
import type { Face } from '../level/level.ts';
import { publishServed } from '../telemetry/publish.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { checkAnswer, isTextRecord, type CheckedAnswer } from './check-answer.ts';
import type { Json, RequestText, Service, ServiceRequest } from './service.ts';

/** What serving needs. */
export interface FaceRuntime {
  readonly services: Readonly<Record<string, Service>>;
  readonly telemetry: Telemetry;
  readonly clock: { monotonicMs(): number };
}

/** What a face function tells the workflow. */
export interface FaceAnswer extends CheckedAnswer {
  /** How long the face took, in milliseconds. */
  readonly durationMs: number;
}

/** What the probe showed. */
export interface ProbeAnswer {
  readonly outcome: 'success' | 'error' | 'none';
}

/** The payload of the workflow is not what a face function takes. */
class FaceEventError extends Error {
  override readonly name = 'FaceEventError';
  readonly code = 'FACE_EVENT_INVALID';
}

const INTERNAL_ERROR: CheckedAnswer = {
  outcome: 'error',
  statusCode: 500,
  headers: {},
  body: JSON.stringify({ status: 500, message: 'Internal Server Error' }),
};

/** A gateway's JSON may be wider than ours: a client must not count as an error of the service. */
const NO_JSON: CheckedAnswer = {
  outcome: 'none',
  statusCode: 400,
  headers: {},
  body: JSON.stringify({ status: 400, message: 'the body must be JSON' }),
};

const texts = v.custom<RequestText['headers']>(isTextRecord, 'must be an object of strings');

const eventSchema = v.object({
  scope: v.string(),
  executionId: v.string(),
  failOpen: v.boolean(),
  /** The level of the row; under failOpen that which serves in its place. */
  readLevel: v.picklist([1, 2, 3]),
  request: v.object({
    method: v.string(),
    resource: v.string(),
    pathParameters: texts,
    query: texts,
    headers: texts,
    bodyText: v.string(),
  }),
});

/**
 * Serves one request with one face, and publishes how it ended. A face that throws, or whose answer
 * is no answer, is an error of the service: logged here with its cause, answered with a plain 500.
 *
 * @throws FaceEventError where the payload is malformed; what the maintenance face throws. The
 *   workflow has an answer for both, and publishes them.
 */
export async function serveFace(
  face: Face,
  event: unknown,
  runtime: FaceRuntime,
): Promise<FaceAnswer> {
  const parsed = parse(event, runtime);
  const { scope, executionId, failOpen, readLevel } = parsed;
  const { telemetry, clock } = runtime;
  if (failOpen) {
    telemetry.warn('state read failed, serving open', { scope, face, executionId });
    telemetry.count('StateReadFailed', scope);
  }
  const startedAt = clock.monotonicMs();
  const answer = await answerOf(face, parsed, telemetry);
  const durationMs = Math.round(clock.monotonicMs() - startedAt);
  const { outcome } = answer;
  publishServed(telemetry, scope, failOpen ? null : readLevel, { outcome, durationMs });
  return { ...answer, durationMs };
}

async function answerOf(
  face: Face,
  { request: text, scope, executionId, service }: ReturnType<typeof parse>,
  telemetry: Telemetry,
): Promise<CheckedAnswer> {
  const request = requestOf(text);
  if (request === null) return NO_JSON;
  try {
    return checkAnswer(await service[face](request, { scope, executionId }));
  } catch (error) {
    telemetry.error('face failed', { scope, face, executionId, error });
    // A plain 500 would say less than the page that depends on nothing.
    if (face === 'maintenance') throw error;
    return INTERNAL_ERROR;
  }
}

/** Tries the degraded face of a service in maintenance; the mutator, which learns of timeouts too, counts it. */
export async function probe(event: unknown, runtime: FaceRuntime): Promise<ProbeAnswer> {
  const { request: text, scope, executionId, service } = parse(event, runtime);
  const { telemetry } = runtime;
  const request = requestOf(text) ?? { ...text, body: null };
  let outcome: ProbeAnswer['outcome'];
  try {
    const shown = await service.probe(request, { scope, executionId });
    outcome = shown === 'success' || shown === 'none' ? shown : 'error';
  } catch (error) {
    telemetry.warn('probe failed', { scope, executionId, error });
    outcome = 'error';
  }
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

/** The request with its body parsed; null where that is no JSON. */
function requestOf(text: RequestText): ServiceRequest | null {
  if (text.bodyText === '') return { ...text, body: null };
  try {
    return { ...text, body: JSON.parse(text.bodyText) as Json };
  } catch {
    return null;
  }
}

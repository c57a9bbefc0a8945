/** From a workflow's task to a face of a service and back: what every face function does. */
import * as v from 'valibot';
import { LEVEL_OF, type Face } from '../level/level.ts';
import { issueWords } from '../store/issue-words.ts';
import { publishServed, servedAs } from '../telemetry/publish.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { originHeaders, type Cors } from './allowed-origin.ts';
import { checkAnswer, isTextRecord, type CheckedAnswer } from './check-answer.ts';
import { comeBackAfter } from './come-back.ts';
import type {
  Json,
  ProbedFace,
  RequestText,
  Service,
  ServiceContext,
  ServiceRequest,
} from './service.ts';

/** What serving needs. */
export interface FaceRuntime {
  readonly services: Readonly<Record<string, Service>>;
  /** What answers tell pages of other origins, by scope; absent: the gateway says it all. */
  readonly cors?: Readonly<Record<string, Cors | 'off' | undefined>>;
  readonly telemetry: Telemetry;
  readonly clock: { monotonicMs(): number };
  /** 0 up to but not including 1: spreads the return of clients. */
  readonly random: () => number;
}

/** What a face function tells the workflow. */
export interface FaceAnswer extends Omit<CheckedAnswer, 'outcome'> {
  /** 'slow': a success that the policy in force counts as an error. */
  readonly outcome: CheckedAnswer['outcome'] | 'slow';
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

/** The face that was to serve after another's failure has none better to offer: that failure stands. */
class NoShieldError extends Error {
  override readonly name = 'NoShieldError';
  readonly code = 'NO_SHIELD';
  constructor(outcome: string) {
    super(
      `expected the degraded face to serve in place of the full one, its outcome is ${outcome}`,
    );
  }
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
  /** An operator looks past the level. */
  bypass: v.optional(v.boolean(), false),
  /** The full face has failed, or refused, and this one serves in its place. */
  shielding: v.optional(v.boolean(), false),
  /** A success that takes longer is slow, in milliseconds; 0: none is. */
  slowAfterMs: v.optional(v.number(), 0),
  /** JSON: statuses below 500 that count as errors. */
  countStatuses: v.optional(v.string(), '[]'),
  /** When the request came, in epoch milliseconds, and the row as it was then: when to come back. */
  receivedAt: v.optional(v.number()),
  row: v.optional(v.record(v.string(), v.unknown())),
  request: v.object({
    requestId: v.optional(v.string()),
    method: v.string(),
    resource: v.string(),
    rawPath: v.exactOptional(v.string()),
    pathParameters: texts,
    query: texts,
    queryText: v.optional(v.string()),
    headers: texts,
    bodyText: v.string(),
    bodyIsBase64: v.optional(v.literal(true)),
  }),
});

/**
 * Serves one request with one face, and publishes how it ended. A face that throws, or whose answer
 * is no answer, is an error of the service: logged here with its cause, answered with a plain 500.
 *
 * @throws FaceEventError where the payload is malformed; what the maintenance face throws; NoShieldError
 *   where it was to serve after the full face failed, and fails too. The workflow has an answer for each.
 */
export async function serveFace(
  face: Face,
  event: unknown,
  runtime: FaceRuntime,
): Promise<FaceAnswer> {
  const parsed = parse(event, runtime);
  const { scope, executionId, failOpen, slowAfterMs } = parsed;
  const { telemetry, clock } = runtime;
  if (failOpen && !parsed.shielding) {
    telemetry.warn('state read failed, serving open', { scope, face, executionId });
    telemetry.count('StateReadFailed', scope);
  }
  const startedAt = clock.monotonicMs();
  const answer = await answerOf(face, parsed, runtime);
  const durationMs = Math.round(clock.monotonicMs() - startedAt);
  const isSlow = answer.outcome === 'success' && slowAfterMs > 0 && durationMs > slowAfterMs;
  const outcome = isSlow ? 'slow' : answer.outcome;
  const level = servedAs({ ...parsed, servedLevel: LEVEL_OF[face] });
  publishServed(telemetry, scope, level, { outcome, durationMs });
  if (parsed.shielding && (outcome === 'error' || answer.refused)) throw new NoShieldError(outcome);
  const allowed = originHeaders(runtime.cors?.[scope], parsed.request.headers['origin']);
  return { ...answer, headers: { ...answer.headers, ...allowed }, outcome, durationMs };
}

async function answerOf(
  face: Face,
  parsed: ReturnType<typeof parse>,
  { telemetry, random }: FaceRuntime,
): Promise<CheckedAnswer> {
  const { request: text, scope, executionId, service } = parsed;
  const request = requestOf(text, service);
  if (request === null) return NO_JSON;
  try {
    const answer = await service[face](request, contextOf(parsed));
    return checkAnswer(
      answer,
      face === 'maintenance' ? comeBackAfter(parsed, random()) : undefined,
    );
  } catch (error) {
    const { requestId } = text;
    telemetry.error('face failed', { scope, face, executionId, requestId, error });
    // A plain 500 would say less than the page that depends on nothing.
    if (face === 'maintenance') throw error;
    return INTERNAL_ERROR;
  }
}

/** Tries a face of a service without a client; the mutator, which learns of timeouts too, counts it. */
export async function probe(
  face: ProbedFace,
  event: unknown,
  runtime: FaceRuntime,
): Promise<ProbeAnswer> {
  const parsed = parse(event, runtime);
  const { request: text, scope, executionId, service } = parsed;
  const { telemetry } = runtime;
  const request = requestOf(text, service) ?? { ...text, body: null };
  let outcome: ProbeAnswer['outcome'];
  try {
    const shown = await service.probe(face, request, contextOf(parsed));
    outcome = shown === 'success' || shown === 'none' ? shown : 'error';
  } catch (error) {
    telemetry.warn('probe failed', { scope, face, executionId, error });
    outcome = 'error';
  }
  return { outcome };
}

/** Whether a face function is asked for a probe: `{probe: true}`. */
export function isProbe(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'probe' in event && event.probe === true;
}

function contextOf(parsed: ReturnType<typeof parse>): ServiceContext {
  const { scope, executionId } = parsed;
  const countStatuses = statusesOf(parsed.countStatuses);
  return { scope, executionId, ...(countStatuses.length > 0 && { countStatuses }) };
}

/** A row that was written by a hand may hold anything. */
function statusesOf(text: string): readonly number[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((status) => typeof status === 'number') : [];
  } catch {
    return [];
  }
}

function parse(event: unknown, runtime: FaceRuntime) {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new FaceEventError(`payload ${v.getDotPath(issue) ?? ''}: ${issueWords(issue)}`);
  }
  const service = runtime.services[parsed.output.scope];
  if (service === undefined) {
    const known = Object.keys(runtime.services).join(', ');
    throw new FaceEventError(`scope must be one of ${known}, got ${parsed.output.scope}`);
  }
  return { ...parsed.output, service };
}

const MAY_HAVE_BODY = /^(POST|PUT|PATCH)$/;

/** The request with its body parsed; null where that is no JSON, and has to be. */
function requestOf(text: RequestText, { takesAnyBody }: Service): ServiceRequest | null {
  const unparsed = { ...text, body: null };
  if (text.bodyText === '') {
    // The gateway makes {} of no body where a method may have one; an upstream is sent none.
    return !takesAnyBody && MAY_HAVE_BODY.test(text.method) ? { ...text, body: {} } : unparsed;
  }
  if (text.bodyIsBase64) return takesAnyBody ? unparsed : null;
  try {
    return { ...text, body: JSON.parse(text.bodyText) as Json };
  } catch {
    return takesAnyBody ? unparsed : null;
  }
}

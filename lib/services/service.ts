/** What a service is: three faces and a probe. Write one file like demo.ts and name it in registry.ts. */

/** A value that JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a client sent, as the gateway hands it to the workflow: text alone, which nothing changes on the way. */
export interface RequestText {
  /**
   * What the edge calls the request, and the client where the gateway lets it: for a line of the log, and
   * unique to nobody. Absent for a tick.
   */
  readonly requestId?: string | undefined;
  /** For example `POST`. */
  readonly method: string;
  /** The route's pattern, for example `/service-api`. */
  readonly resource: string;
  /** The path as it came, percent-encoded; absent on a tick. */
  readonly rawPath?: string;
  /** By name, as the gateway has them: rawPath alone is exact. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** The last value of each query parameter. */
  readonly query: Readonly<Record<string, string>>;
  /** The query as it came, without its question mark, where the gateway hands it over. */
  readonly queryText?: string | undefined;
  /** The client's end-to-end headers by lower-case name, without those that the gateway adds itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body exactly as it came; '' where there is none. */
  readonly bodyText: string;
  /** bodyText is the base64 of a body that is no text. */
  readonly bodyIsBase64?: true | undefined;
}

/** What a face is asked. */
export interface ServiceRequest extends RequestText {
  /** bodyText, parsed; {} where a method that has a body came without; null where it is no JSON, or there is none. */
  readonly body: Json;
}

/** What a face is told besides the request. */
export interface ServiceContext {
  readonly scope: string;
  /** Names the execution in every log line. */
  readonly executionId: string;
  /** Statuses below 500 that the policy in force counts as errors; none where it is absent. */
  readonly countStatuses?: readonly number[];
}

/** What every answer has besides its body. */
interface AnswerHead {
  /**
   * What the request showed: a success only if real work succeeded, an error only if the service
   * failed; 'none' for everything else, a rejected input above all.
   */
  readonly outcome: 'success' | 'error' | 'none';
  /**
   * The face has not tried, for a reason of its own: a breaker that is open, a full bulkhead, a rate
   * limiter. It is no evidence (the outcome is 'none'), and the shield serves in its place.
   */
  readonly refused?: true;
  /** HTTP status, 200 to 599. */
  readonly statusCode: number;
  /** Without those of the connection; a 503 without Retry-After gets RETRY_AFTER_SECONDS. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a face answers. */
export interface Answer extends AnswerHead {
  /** At most MAX_BODY_BYTES as JSON text inside JSON. */
  readonly body: Json;
}

/** An answer whose body is text already, which nothing changes on the way. */
export interface TextAnswer extends AnswerHead {
  /** At most MAX_BODY_BYTES as text inside JSON; it is JSON, or the headers have its Content-Type. */
  readonly bodyText: string;
  /** bodyText is the base64 of at most MAX_BINARY_BYTES. */
  readonly bodyIsBase64?: true;
}

/** A face: it may throw, which is an error of the service and answered with 500. */
export type FaceOf = (
  request: ServiceRequest,
  context: ServiceContext,
) => Promise<Answer | TextAnswer>;

/** A service with its three faces. */
export interface Service {
  /** It is asked whatever the body is; else a body that is no JSON is refused before. */
  readonly takesAnyBody?: true;
  /** Everything the service can do. */
  readonly full: FaceOf;
  /** Less, with a strict subset of what the full face needs. */
  readonly degraded: FaceOf;
  /** Depends on nothing; its outcome never counts. */
  readonly maintenance: FaceOf;
  /**
   * Tries a face: the degraded one while in maintenance, the full one while level 2 climbs and little
   * comes. It has one second; throwing is an error too. 'none' where there is no such probe, and for a
   * request that is not valid, since its sender must not help the level up or down.
   */
  readonly probe: (
    face: ProbedFace,
    request: ServiceRequest,
    context: ServiceContext,
  ) => Promise<'success' | 'error' | 'none'>;
}

/** A face that can be tried without a client. */
export type ProbedFace = 'full' | 'degraded';

/** The settings that a service is made with. */
export interface ServiceSettings {
  /** Whether a client may make the demo fail with {"error": true}. */
  readonly faultSwitch: boolean;
}

/**
 * The largest body of an answer in bytes, as JSON text that is escaped once more: the workflow's
 * state holds it so, and a state of Step Functions ends the execution beyond 256 KiB.
 */
export const MAX_BODY_BYTES = 240 * 1024;

/** The largest body that is no text, in bytes: as base64 it has MAX_BODY_BYTES. */
export const MAX_BINARY_BYTES = 180 * 1024;

/** What the headers may have beside it in the same state, in bytes as JSON. */
export const MAX_BINARY_HEAD_BYTES = 8 * 1024;

/** How long clients are asked to wait after a 503, in seconds: one tick. */
export const RETRY_AFTER_SECONDS = 60;

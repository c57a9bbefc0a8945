/** What a service is: three faces and a probe. Write one file like demo.ts and name it in registry.ts. */

/** A value that JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a client sent, as the gateway passed it on. */
export interface ServiceRequest {
  /** The parsed JSON body; the gateway lets only objects through. */
  readonly body: Json;
}

/** What a face is told besides the request. */
export interface ServiceContext {
  readonly scope: string;
  /** Names the execution in every log line. */
  readonly executionId: string;
}

/** What a face answers. */
export interface Answer {
  /**
   * What the request showed: a success only if real work succeeded, an error only if the service
   * failed; 'none' for everything else, a rejected input above all.
   */
  readonly outcome: 'success' | 'error' | 'none';
  /** HTTP status, 200 to 599. */
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** At most MAX_BODY_BYTES as JSON text inside JSON. */
  readonly body: Json;
}

/** A face: it may throw, which is an error of the service and answered with 500. */
export type FaceOf = (request: ServiceRequest, context: ServiceContext) => Promise<Answer>;

/** A service with its three faces. */
export interface Service {
  /** Everything the service can do. */
  readonly full: FaceOf;
  /** Less, with a strict subset of what the full face needs. */
  readonly degraded: FaceOf;
  /** Depends on nothing; its outcome never counts. */
  readonly maintenance: FaceOf;
  /** Tries the degraded face while in maintenance. It has one second; throwing is an error too. */
  readonly probe: (
    request: ServiceRequest,
    context: ServiceContext,
  ) => Promise<'success' | 'error'>;
}

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

/** Every refusal of the front as {status, message}: what was expected, what came. */
import type {
  FastifyError,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { shown } from '../store/shown.ts';
import { describeTooLarge } from '../runtime/workflow.ts';

/** In characters: the longest path that the gateway takes. */
export const LONGEST_PARAMETER = 10_240;

/** A request that is answered with statusCode and a message for its sender. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code = 'REQUEST_REFUSED';
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Sends a refusal. */
export function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ status, message });
}

/** What to say of a body that its schema refuses. */
export function describeInvalidBody([error]: readonly FastifySchemaValidationError[]): Error {
  const field = error?.instancePath.slice(1, 41);
  const { data } = (error ?? {}) as { readonly data?: unknown };
  const got = data === undefined ? 'nothing' : shown(data);
  const expected = error?.message ?? 'must be valid';
  return new Error(`${field ? `"${field}"` : 'the body'} ${expected}, got ${got}`);
}

/** What to say of an error that Fastify or a handler raised before an answer was there. */
export function describeFrontError(
  error: FastifyError,
  request: FastifyRequest,
): { readonly status: number; readonly message: string } {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': {
      const got = request.headers['content-type'];
      const message = `Content-Type must be application/json, got ${got?.slice(0, 100) ?? 'none'}`;
      return { status: 415, message };
    }
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        status: 413,
        message: describeTooLarge(request.headers['content-length'] ?? 'more'),
      };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { status: 400, message: 'the body must be as long as Content-Length says' };
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return {
        status: 414,
        message: `a part of the path must be at most ${LONGEST_PARAMETER} characters`,
      };
    case 'FST_ERR_BAD_URL': {
      const got = JSON.stringify(request.url.slice(0, 100));
      return { status: 400, message: `the path must be a valid URL path, got ${got}` };
    }
    default: {
      const status = error.statusCode ?? 500;
      return status < 500
        ? { status, message: error.message }
        : { status: 500, message: 'Internal Server Error' };
    }
  }
}

/** Every refusal of the front as {status, message}: what was expected, what came. */
import type { Socket } from 'node:net';
import type {
  FastifyError,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';

/** The largest request body, in bytes: what Step Functions takes. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** Sends a refusal. */
export function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ status, message });
}

/** What to say of a body that its schema refuses. */
export function describeInvalidBody([error]: readonly FastifySchemaValidationError[]): Error {
  const field = error?.instancePath.slice(1);
  const { data } = (error ?? {}) as { readonly data?: unknown };
  const got = (JSON.stringify(data) ?? 'nothing').slice(0, 40);
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
      const message = `Content-Type must be application/json, got ${got ?? 'none'}`;
      return { status: 415, message };
    }
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, message: `the body must be at most ${BODY_LIMIT_BYTES} bytes` };
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return { status: 400, message: 'the body must be JSON, got none; send for example {}' };
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return { status: 400, message: 'the body must be JSON' };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { status: 400, message: 'the body must be as long as Content-Length says' };
    case 'FST_ERR_BAD_URL':
      return { status: 400, message: 'the path must be a valid URL path' };
    default: {
      const status = error.statusCode ?? 500;
      return status < 500
        ? { status, message: error.message }
        : { status: 500, message: 'Internal Server Error' };
    }
  }
}

/** Answers what is not even an HTTP request, or came too slowly, and closes the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, words, message] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout', 'the request took too long to arrive']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large', 'the headers are too large']
        : [400, 'Bad Request', 'this is not an HTTP request'];
  const body = JSON.stringify({ status, message });
  const head = `HTTP/1.1 ${status} ${words}\r\nContent-Type: application/json; charset=utf-8`;
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  if (socket.writable) socket.write(`${head}\r\n${length}\r\n\r\n${body}`);
  socket.destroySoon();
}

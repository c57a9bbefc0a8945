/** One try at an upstream: one HTTP request, and its answer as it is passed on. */
import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MAX_BINARY_HEAD_BYTES, MAX_BODY_BYTES } from './service.ts';
import { passedBody, TOO_LARGE } from './upstream-body.ts';
import { answerHeaders } from './upstream-headers.ts';
import {
  UpstreamAnswerError,
  UpstreamNetworkError,
  UpstreamStatusError,
  type UpstreamReply,
} from './upstream-reply.ts';

/** A request as it is sent. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query, as they stand in the request line; absent: the URL's. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: the request has none. */
  readonly body?: Buffer | undefined;
  /** Statuses below 500 that count as failures of the upstream. */
  readonly countStatuses?: readonly number[];
}

/** How one try is made. */
export interface TryOptions {
  /** Keeps connections for later requests; false takes a new one and closes it. */
  readonly agent: Agent | false;
  /** Its abort ends the connection. */
  readonly signal: AbortSignal;
  readonly passCors?: boolean;
  readonly carriesBinary?: boolean;
}

/**
 * Sends a request. Redirects are not followed, so it goes to this URL's host and to no other.
 *
 * @throws UpstreamNetworkError; UpstreamStatusError from 400; UpstreamAnswerError for an answer that
 *   cannot pass or is, with its headers, larger than MAX_BODY_BYTES.
 */
export async function tryOnce(
  url: URL,
  { method, path, headers, body, countStatuses = [] }: UpstreamRequest,
  { agent, signal, ...passing }: TryOptions,
): Promise<UpstreamReply> {
  const isSecure = url.protocol === 'https:';
  const length = body && { 'content-length': String(body.length) };
  const send = isSecure ? httpsRequest : httpRequest;
  const outgoing = send(url, {
    method,
    // Node would make the URL's of it, which resolves what is not ours to resolve.
    ...(path !== undefined && { path }),
    headers: { ...headers, ...length },
    agent,
    signal,
  });
  let wasSent = false;
  outgoing.on('socket', (socket) => {
    wasSent = outgoing.reusedSocket;
    // A kept connection never connects again: a listener would stay on it, and with it the request.
    if (wasSent) return;
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      wasSent = true;
    });
  });
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing
        .on('response', resolve)
        .on('upgrade', (switched, socket) => {
          socket.destroy();
          reject(unusable(switched, outOfRange(switched)));
        })
        .on('error', reject)
        // As bytes: Node would write the headers in the encoding of a body that is text.
        .end(body);
    });
    const reply = await readReply(incoming, passing);
    if (reply.statusCode < 400) return reply;
    throw new UpstreamStatusError(url.origin, reply, countStatuses);
  } catch (error) {
    if (error instanceof UpstreamAnswerError || error instanceof UpstreamStatusError) throw error;
    throw new UpstreamNetworkError(url.origin, wasSent, error);
  }
}

/** Leaving the loop early closes the connection. */
async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw unusable(incoming, TOO_LARGE);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readReply(
  incoming: IncomingMessage,
  { passCors = false, carriesBinary = false }: Pick<TryOptions, 'passCors' | 'carriesBinary'>,
): Promise<UpstreamReply> {
  const { statusCode = 0 } = incoming;
  const bytes = await readBytes(incoming);
  if (statusCode < 200 || statusCode > 599) throw unusable(incoming, outOfRange(incoming));
  const head = {
    statusCode,
    contentType: incoming.headers['content-type'] ?? '',
    contentEncoding: incoming.headers['content-encoding'] ?? '',
  };
  const { isChanged, contentType, ...body } = passedBody(bytes, head, carriesBinary);
  const headers = answerHeaders(incoming.headers, { passCors, isChanged, contentType });
  const isTooLarge = body.bodyIsBase64
    ? sizeInJson(headers) > MAX_BINARY_HEAD_BYTES
    : // Both lie in the workflow's state, which is JSON: there the text's quotes are escaped.
      sizeInJson([headers, body.bodyText]) > MAX_BODY_BYTES;
  if (isTooLarge) throw unusable(incoming, TOO_LARGE);
  return { statusCode, headers, ...body };
}

function sizeInJson(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function outOfRange({ statusCode = 0 }: IncomingMessage): string {
  return `has status ${statusCode}, which is not from 200 to 599`;
}

function unusable({ statusCode = 0 }: IncomingMessage, problem: string): UpstreamAnswerError {
  return new UpstreamAnswerError(statusCode, problem);
}

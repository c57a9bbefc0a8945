/** One try at an upstream: one HTTP request, and its answer as text. */
import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MAX_BODY_BYTES } from './service.ts';
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
  readonly headers: Readonly<Record<string, string>>;
  /** '' sends none. */
  readonly bodyText: string;
  /** Statuses below 500 that count as failures of the upstream. */
  readonly countStatuses?: readonly number[];
}

/**
 * Sends a request. Redirects are not followed, so it goes to this URL's host and to no other.
 *
 * @param options.agent Keeps connections for later requests; false takes a new one and closes it.
 * @param options.signal Its abort ends the connection.
 * @throws UpstreamNetworkError; UpstreamStatusError from 400; UpstreamAnswerError for an answer that
 *   is no text or, with its headers, larger than MAX_BODY_BYTES.
 */
export async function tryOnce(
  url: URL,
  { method, headers, bodyText, countStatuses = [] }: UpstreamRequest,
  { agent, signal }: { readonly agent: Agent | false; readonly signal: AbortSignal },
): Promise<UpstreamReply> {
  const isSecure = url.protocol === 'https:';
  // As bytes: Node would write the headers in the encoding of a body that is text.
  const body = bodyText === '' ? undefined : Buffer.from(bodyText);
  const length = body && { 'content-length': String(body.length) };
  const send = isSecure ? httpsRequest : httpRequest;
  const outgoing = send(url, { method, headers: { ...headers, ...length }, agent, signal });
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
        .end(body);
    });
    return readReply(url.origin, incoming, await readBytes(incoming), countStatuses);
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

function readReply(
  origin: string,
  incoming: IncomingMessage,
  bytes: Buffer,
  countStatuses: readonly number[],
): UpstreamReply {
  const { statusCode = 0 } = incoming;
  const encoding = incoming.headers['content-encoding'] ?? 'identity';
  if (statusCode < 200 || statusCode > 599) throw unusable(incoming, outOfRange(incoming));
  if (encoding.toLowerCase() !== 'identity') {
    throw unusable(incoming, `is encoded (${encoding}) unasked`);
  }
  const headers = answerHeaders(incoming.headers);
  const bodyText = textOf(bytes);
  if (bodyText === null) throw unusable(incoming, 'is not UTF-8 text; nothing else can pass');
  // Both lie in the workflow's state, which is JSON: there the text's quotes are escaped.
  const escapedBytes = Buffer.byteLength(JSON.stringify([headers, bodyText]));
  if (escapedBytes > MAX_BODY_BYTES) throw unusable(incoming, TOO_LARGE);
  const reply = { statusCode, headers, bodyText };
  if (statusCode >= 400) throw new UpstreamStatusError(origin, reply, countStatuses);
  return reply;
}

const TOO_LARGE = `is too large; as text inside JSON it may have ${MAX_BODY_BYTES} bytes`;

function outOfRange({ statusCode = 0 }: IncomingMessage): string {
  return `has status ${statusCode}, which is not from 200 to 599`;
}

function unusable({ statusCode = 0 }: IncomingMessage, problem: string): UpstreamAnswerError {
  return new UpstreamAnswerError(statusCode, problem);
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Whether what a face answered is an answer that can travel to the client. */
import {
  MAX_BINARY_BYTES,
  MAX_BINARY_HEAD_BYTES,
  MAX_BODY_BYTES,
  RETRY_AFTER_SECONDS,
  type Answer,
  type TextAnswer,
} from './service.ts';

/** An answer on its way through the workflow, which passes the body on as it is. */
export interface CheckedAnswer extends Omit<Answer, 'body'> {
  /** JSON text, unless the headers name another type. */
  readonly body: string;
  /** body is base64. */
  readonly bodyIsBase64?: true;
}

/** RFC 9110, section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the connection to the client decides, not who answers. */
const CONNECTION_HEADER =
  /^(connection|content-length|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * Makes text of an answer; a 503 that does not say when to come back says so then.
 *
 * @param comeBackS What it says then, in seconds.
 * @throws TypeError that names what is wrong with it.
 */
export function checkAnswer(
  answer: Answer | TextAnswer,
  comeBackS = RETRY_AFTER_SECONDS,
): CheckedAnswer {
  const { outcome, refused, statusCode, headers } = answer;
  if (!['success', 'error', 'none'].includes(outcome)) {
    throw new TypeError(`an answer's outcome must be success, error or none, got ${outcome}`);
  }
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw new TypeError(`an answer's statusCode must be 200 to 599, got ${statusCode}`);
  }
  if (refused && outcome !== 'none') {
    throw new TypeError(`an answer that is refused has the outcome none, got ${outcome}`);
  }
  checkHeaders(headers);
  const isBase64 = 'bodyText' in answer && answer.bodyIsBase64 === true;
  const text: unknown = 'bodyText' in answer ? answer.bodyText : JSON.stringify(answer.body);
  if (isBase64) checkBinary(text, headers);
  else checkText(text);
  const complete = statusCode === 503 ? { ...retryAfter(headers, comeBackS), ...headers } : headers;
  return {
    outcome,
    ...(refused && { refused }),
    statusCode,
    headers: complete,
    body: text as string,
    ...(isBase64 && { bodyIsBase64: true }),
  };
}

function checkText(text: unknown): void {
  // The workflow's state is JSON itself, so it holds the text with its quotes escaped.
  if (typeof text !== 'string' || Buffer.byteLength(JSON.stringify(text)) > MAX_BODY_BYTES) {
    throw new TypeError(
      `an answer's body must be JSON, or its bodyText text, of at most ${MAX_BODY_BYTES} bytes, escaped`,
    );
  }
}

/** Base64 needs no escapes, so its length is its size there. */
function checkBinary(text: unknown, headers: Answer['headers']): void {
  const isBase64 = typeof text === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!isBase64 || text.length % 4 !== 0 || text.length > (MAX_BINARY_BYTES / 3) * 4) {
    throw new TypeError(
      `an answer's bodyText must be base64 of at most ${MAX_BINARY_BYTES} bytes where bodyIsBase64`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(headers)) > MAX_BINARY_HEAD_BYTES) {
    throw new TypeError(
      `an answer's headers must have at most ${MAX_BINARY_HEAD_BYTES} bytes where bodyIsBase64`,
    );
  }
}

/** Whether a value is an object of strings. */
export function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap && Object.values(value).every((text) => typeof text === 'string');
}

function checkHeaders(headers: unknown): void {
  if (!isTextRecord(headers)) {
    throw new TypeError("an answer's headers must be an object of strings");
  }
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const shown = JSON.stringify(name.slice(0, 40));
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) throw new TypeError(`${shown} is no name of a header`);
    if (!HEADER_VALUE.test(value)) {
      throw new TypeError(`the header ${shown} must hold visible Latin-1 characters only`);
    }
    if (CONNECTION_HEADER.test(name)) {
      throw new TypeError(`an answer cannot set the header ${shown}: it is the connection's`);
    }
    if (seen.has(lower)) throw new TypeError(`an answer has the header ${shown} twice`);
    seen.add(lower);
  }
}

function retryAfter(headers: Answer['headers'], seconds: number): Answer['headers'] {
  const isThere = Object.keys(headers).some((name) => name.toLowerCase() === 'retry-after');
  return isThere ? {} : { 'Retry-After': String(seconds) };
}

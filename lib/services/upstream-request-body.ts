/** The body that an upstream gets: what the client sent, and none where it sent none. */
import type { RequestText } from './service.ts';

/** What API Gateway's mapping makes of no body. */
const EMPTY_OBJECT = '{}';

/**
 * The bytes of a request's body; undefined where it has none.
 *
 * API Gateway shows an empty object for no body. Such a one is the client's own where a length or a
 * coding of the transfer is shown, or at least a type: who sends no body names none.
 */
export function bodyOf({ headers, bodyText, bodyIsBase64 }: RequestText): Buffer | undefined {
  const { 'content-length': length, 'transfer-encoding': coding, 'content-type': type } = headers;
  if (bodyText === '' || length === '0') return undefined;
  if (bodyIsBase64) return Buffer.from(bodyText, 'base64');
  const isShown = length !== undefined || coding !== undefined || type !== undefined;
  return bodyText === EMPTY_OBJECT && !isShown ? undefined : Buffer.from(bodyText);
}

/** The events that call a Lambda over HTTP, as far as the ladder looks at them: REST and HTTP APIs, function URLs, load balancers. */
import { isMap } from '../level/state.ts';
import { isSafeMethod, PAGE } from './http.ts';

/** An answer in the form that all of them take. */
export interface HttpResult {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly multiValueHeaders?: { readonly [name: string]: string[] };
  readonly body: string;
  readonly isBase64Encoded: false;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (isMap(value) ? value : {});

/** Whether an event is a request that may be served again: of any other event it is not known. */
export function isSafeEvent(event: unknown): boolean {
  const { httpMethod, requestContext } = fieldsOf(event);
  const { http } = fieldsOf(requestContext);
  return isSafeMethod(httpMethod ?? fieldsOf(http)['method']);
}

/** A target group takes one kind of headers, as its event has it. */
function takesMultiValues(event: unknown): boolean {
  const { requestContext, multiValueHeaders } = fieldsOf(event);
  return 'elb' in fieldsOf(requestContext) && multiValueHeaders !== undefined;
}

/** The page of maintenance, for whoever asked. */
export function pageFor(event: unknown, retryAfterSeconds: number): HttpResult {
  const headers = {
    'Content-Type': PAGE.contentType,
    'Retry-After': String(retryAfterSeconds),
  };
  const { statusCode, body } = PAGE;
  const answer = { statusCode, body, isBase64Encoded: false } as const;
  if (!takesMultiValues(event)) return { ...answer, headers };
  const lists = Object.entries(headers).map(([name, value]): [string, string[]] => [name, [value]]);
  const statusDescription = '503 Service Unavailable';
  return { ...answer, statusDescription, multiValueHeaders: Object.fromEntries(lists) };
}

/** The status of an answer; undefined: it is no HTTP answer, whatever else it is. */
export function statusOf(answer: unknown): number | undefined {
  const { statusCode } = fieldsOf(answer);
  return typeof statusCode === 'number' ? statusCode : undefined;
}

/** An HTTP answer with more headers; any other answer as it is. */
export function withHeaders<Answer>(
  event: unknown,
  answer: Answer,
  added: Readonly<Record<string, string>>,
): Answer {
  if (statusOf(answer) === undefined) return answer;
  const { headers, multiValueHeaders } = fieldsOf(answer);
  if (!takesMultiValues(event)) return { ...answer, headers: { ...fieldsOf(headers), ...added } };
  const lists = Object.entries(added).map(([name, value]): [string, string[]] => [name, [value]]);
  const merged = { ...fieldsOf(multiValueHeaders), ...Object.fromEntries(lists) };
  return { ...answer, multiValueHeaders: merged };
}

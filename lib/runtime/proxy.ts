/** From API Gateway's proxy events to JSON answers: what the functions of the control plane share. */
import * as v from 'valibot';
import { MAX_BY_LENGTH } from '../level/state.ts';
import { DEFAULT_SCOPE, serviceOf } from '../store/level-store.ts';
import {
  RowMalformedError,
  StoreThrottledError,
  StoreUnavailableError,
  WriteConflictError,
} from '../store/errors.ts';
import { shown } from '../store/shown.ts';
import { problemOf } from './validation.ts';

/** The parts of a REST API proxy event that are read here. */
const proxyEventSchema = v.object({
  httpMethod: v.string(),
  /** The route as configured, for example `/circuit-breaker/reset`. */
  resource: v.string(),
  queryStringParameters: v.nullish(v.record(v.string(), v.optional(v.string()))),
  body: v.nullish(v.string()),
  requestContext: v.nullish(
    v.object({
      requestId: v.optional(v.string()),
      identity: v.nullish(
        v.object({ userArn: v.nullish(v.string()), user: v.nullish(v.string()) }),
      ),
    }),
  ),
});

/** A request to the control plane. */
export type ProxyEvent = v.InferOutput<typeof proxyEventSchema>;

/**
 * Who sent a request, as far as it was established: the ARN of who signed it, on a laptop its user.
 *
 * @returns {} where nobody is known.
 */
export function senderOf({ requestContext }: ProxyEvent): { readonly by?: string } {
  const { userArn, user } = requestContext?.identity ?? {};
  const by = userArn || user;
  return by ? { by: by.slice(0, MAX_BY_LENGTH) } : {};
}

/** An answer as API Gateway takes it from a function. */
export interface ProxyAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request that is answered with statusCode and a message for its sender. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code = 'REQUEST_INVALID';
  readonly statusCode: 400 | 404;
  constructor(statusCode: 400 | 404, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/**
 * Answers a proxy event with what handle returns, or with what its error says of itself.
 *
 * @param scopes The scopes that exist; `?scope=` names one; else it is `default`, or the first.
 * @param onFailure Told of errors whose fault is not the sender's.
 */
export async function answerProxy(
  event: unknown,
  scopes: readonly string[],
  handle: (event: ProxyEvent, scope: string) => Promise<unknown>,
  onFailure: (error: unknown) => void,
): Promise<ProxyAnswer> {
  try {
    const request = v.parse(proxyEventSchema, event);
    const meant = scopes.includes(DEFAULT_SCOPE) ? DEFAULT_SCOPE : (scopes[0] ?? DEFAULT_SCOPE);
    const scope = request.queryStringParameters?.['scope'] ?? meant;
    if (!scopes.includes(scope)) {
      throw new RequestError(404, `unknown scope ${shown(scope)}; there is ${listed(scopes)}`);
    }
    return json(200, await handle(request, scope));
  } catch (error) {
    const { statusCode, message } = describeError(error);
    if (statusCode >= 500) onFailure(error);
    return json(statusCode, { status: statusCode, message });
  }
}

/** Of tenants how many there are: they may be a hundred. */
function listed(scopes: readonly string[]): string {
  const services = scopes.filter((scope) => serviceOf(scope) === scope);
  const left = scopes.length - services.length;
  return `${services.join(', ')}${left > 0 ? ` and ${left} of tenants, as service.tenant` : ''}`;
}

/**
 * Parses the JSON body of a request.
 *
 * @param schema What it must be; messages name the field.
 * @throws RequestError
 */
export function parseBody<Schema extends v.GenericSchema>(
  event: ProxyEvent,
  schema: Schema,
): v.InferOutput<Schema> {
  if (!event.body) throw new RequestError(400, 'the body must be JSON, got none');
  let given: unknown;
  try {
    given = JSON.parse(event.body);
  } catch {
    throw new RequestError(400, 'the body must be JSON');
  }
  const parsed = v.safeParse(schema, given, { abortEarly: true });
  if (!parsed.success) throw new RequestError(400, problemOf(parsed.issues));
  return parsed.output;
}

function describeError(error: unknown): { readonly statusCode: number; readonly message: string } {
  if (error instanceof RequestError) return error;
  if (error instanceof WriteConflictError) return { statusCode: 409, message: error.message };
  if (error instanceof RowMalformedError) return { statusCode: 500, message: error.message };
  if (error instanceof StoreThrottledError) {
    const message = 'the level table is throttled and did nothing; try again in a second';
    return { statusCode: 503, message };
  }
  if (error instanceof StoreUnavailableError) {
    const mayHaveChanged =
      ', so the change may have been made; read the status before you try again';
    const message = `the level table did not answer${error.operation === 'write' ? mayHaveChanged : '; try again'}`;
    return { statusCode: 503, message };
  }
  return { statusCode: 500, message: 'Internal Server Error' };
}

function json(statusCode: number, body: unknown): ProxyAnswer {
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  };
  return { statusCode, headers, body: JSON.stringify(body) };
}

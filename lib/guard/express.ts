/** The ladder as a middleware of Express: what comes after it is the full face. */
import { isSafeMethod, levelHeaders, PAGE } from './http.ts';
import { ServerLevels, type ServerOptions } from './server.ts';

/** What of Express's request is looked at. */
export interface ExpressRequest {
  readonly method: string;
}

/** What of its response is used. */
export interface ExpressResponse {
  statusCode: number;
  readonly writableFinished: boolean;
  setHeader(name: string, value: string): unknown;
  once(event: 'close', listener: () => void): unknown;
  end(body: string): unknown;
}

type Next = (error?: unknown) => void;

/** A handler of Express. */
type Handler<Request, Response> = (request: Request, response: Response, next: Next) => unknown;

/** What expressLevels takes. */
export interface ExpressOptions<Request, Response> extends ServerOptions<Request> {
  /** Less, with a strict subset of what the full face needs. */
  readonly degraded: Handler<Request, Response>;
  /** Depends on nothing; by default a 503 with Retry-After. */
  readonly maintenance?: Handler<Request, Response> | undefined;
}

/**
 * Makes the middleware. No face serves in place of one that failed: its answer is on its way already.
 *
 * @throws ConfigError naming the option that does not validate.
 *
 * @example
 * app.use('/orders', expressLevels({ table: 'ServiceResiliencyTable-prod', degraded, probe }));
 */
export function expressLevels<Request extends ExpressRequest, Response extends ExpressResponse>(
  options: ExpressOptions<Request, Response>,
): (request: Request, response: Response, next: Next) => Promise<void> {
  const { degraded, maintenance, ...server } = options;
  const levels = new ServerLevels<Request>(server);
  return async (request, response, next) => {
    const begun = await levels.begin(request, isSafeMethod(request.method));
    const { ticket } = begun;
    response.once('close', () =>
      begun.ended(response.writableFinished ? response.statusCode : null),
    );
    const { face } = ticket.plan;
    const level = { full: 1, degraded: 2, maintenance: 3 } as const;
    const served = { level: level[face], failOpen: ticket.held === null, shielded: false };
    for (const [name, value] of Object.entries(levelHeaders(served))) {
      response.setHeader(name, value);
    }
    if (face === 'full') next();
    else if (face === 'degraded') await degraded(request, response, next);
    else if (maintenance !== undefined) await maintenance(request, response, next);
    else {
      response.statusCode = PAGE.statusCode;
      response.setHeader('Content-Type', PAGE.contentType);
      response.setHeader('Retry-After', String(levels.guard.retryAfterSeconds(ticket)));
      response.end(PAGE.body);
    }
  };
}

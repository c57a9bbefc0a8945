/** The ladder as a middleware of Express: what comes after it is the full face. */
import {
  headOf,
  Held,
  restoreHead,
  through,
  wireOf,
  type ExpressResponse,
  type Head,
} from './express-answer.ts';
import { isSafeMethod, PAGE } from './http.ts';
import { ServerLevels, type Begun, type ServerOptions } from './server.ts';

/** What of Express's request is looked at. */
export interface ExpressRequest {
  readonly method: string;
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
 * Makes the middleware. A failed answer that is safe is held back, up to 64 KB of it, and the degraded face
 * answers in its place if it can.
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
    const before = headOf(response);
    const begun = await levels.begin(request, isSafeMethod(request.method));
    const { ticket } = begun;
    const { face, exercise } = ticket.plan;
    response.once('close', () => begun.end(response.writableFinished ? response.statusCode : null));
    head(response, begun.headers());
    const less = (own: Response, failed: Next) => degraded(request, own, failed);
    if (face === 'full') {
      if (levels.guard.shields(ticket)) shield({ response, begun, before, less });
      next();
    } else if (exercise) tryLess({ response, begun, before, less }, next);
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

/** One request whose answer may be another face's. */
interface Shieldable<Response> {
  readonly response: Response;
  readonly begun: Begun;
  /** The response before any face. */
  readonly before: Head;
  readonly less: (own: Response, failed: Next) => unknown;
}

/** Holds a failed answer of the full face back until the degraded one has shown whether it has a better one. */
function shield<Response extends ExpressResponse>(of: Shieldable<Response>): void {
  const { response, begun, before, less } = of;
  const wire = wireOf(response);
  const isHeld = (status: number): boolean => begun.beginShield(status);
  let begins = before;
  const whole = (): void => {
    const failed = headOf(response);
    restoreHead(response, before);
    head(response, begun.headers(true));
    begins = headOf(response);
    const giveBack = (): void => {
      restoreHead(response, failed);
      full.send();
    };
    const own = new Held(response, wire, (status) => !begun.endShield(status), giveBack);
    attempt(less, through(response, own.methods), () => {
      // Half an answer must not look like a whole one.
      if (!own.isBack) return void response.destroy();
      begun.endShield(500);
      giveBack();
    });
  };
  const full = new Held(response, wire, isHeld, whole, () => restoreHead(response, begins));
  Object.assign(response, full.methods);
}

/** Tries the degraded face at level 1; the full one serves where it has failed. */
function tryLess<Response extends ExpressResponse>(of: Shieldable<Response>, next: Next): void {
  const { response, begun, before, less } = of;
  const wire = wireOf(response);
  const full = (): void => {
    restoreHead(response, before);
    head(response, begun.headers(true));
    next();
  };
  const own = new Held(response, wire, (status) => begun.beginShield(status), full);
  attempt(less, through(response, own.methods), (error) => {
    if (own.isBack && begun.beginShield(500)) full();
    else next(error);
  });
}

/** Runs a face; an error that it throws, rejects with or hands on is told once. */
function attempt<Response>(
  less: (own: Response, failed: Next) => unknown,
  own: Response,
  failed: (error: unknown) => void,
): void {
  let isTold = false;
  const once = (error: unknown): void => {
    if (isTold) return;
    isTold = true;
    failed(error);
  };
  const run = async (): Promise<unknown> => less(own, once);
  run().catch(once);
}

function head(response: ExpressResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

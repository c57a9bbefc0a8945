/** The ladder as a plugin of Fastify: the routes beside it are the full face. */
import { isSafeMethod, levelHeaders, PAGE } from './http.ts';
import { ServerLevels, type Begun, type ServerOptions } from './server.ts';

/** What of a request is looked at. */
export interface FastifyRequestLike {
  readonly method: string;
}

/** What of a reply is used. */
export interface FastifyReplyLike {
  readonly statusCode: number;
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(payload: unknown): unknown;
}

type Face<Request, Reply> = (request: Request, reply: Reply) => unknown;

/** What fastifyLevels takes. */
export interface FastifyOptions<Request, Reply> extends ServerOptions<Request> {
  /** Less, with a strict subset of what the full face needs; what it returns is sent. */
  readonly degraded: Face<Request, Reply>;
  /** Depends on nothing; by default a 503 with Retry-After. */
  readonly maintenance?: Face<Request, Reply> | undefined;
}

/** The part of an instance that is used. */
interface Instance<Request, Reply> {
  addHook(
    name: 'preHandler' | 'onResponse',
    hook: (request: Request, reply: Reply) => Promise<unknown>,
  ): unknown;
  addHook(name: 'onRequestAbort', hook: (request: Request) => Promise<unknown>): unknown;
}

/**
 * Makes the plugin, which holds for all routes of the instance that it is registered on. What is refused
 * before a route's handler is no evidence. No face serves in place of one that failed.
 *
 * @throws ConfigError naming the option that does not validate.
 *
 * @example
 * await app.register(fastifyLevels({ table: 'ServiceResiliencyTable-prod', degraded, probe }));
 */
export function fastifyLevels<Request extends FastifyRequestLike, Reply extends FastifyReplyLike>(
  options: FastifyOptions<Request, Reply>,
): (instance: Instance<Request, Reply>) => Promise<void> {
  const { degraded, maintenance, ...server } = options;
  const levels = new ServerLevels<Request>(server);
  const begun = new WeakMap<object, Begun>();
  const preHandler = async (request: Request, reply: Reply): Promise<unknown> => {
    const mine = await levels.begin(request, isSafeMethod(request.method));
    begun.set(request, mine);
    const { ticket } = mine;
    const { face } = ticket.plan;
    const level = { full: 1, degraded: 2, maintenance: 3 } as const;
    const served = { level: level[face], failOpen: ticket.held === null, shielded: false };
    for (const [name, value] of Object.entries(levelHeaders(served))) reply.header(name, value);
    if (face === 'full') return undefined;
    const less = face === 'degraded' ? degraded : maintenance;
    if (less === undefined) {
      reply.code(PAGE.statusCode);
      reply.header('Content-Type', PAGE.contentType);
      reply.header('Retry-After', String(levels.guard.retryAfterSeconds(ticket)));
    }
    const payload = less === undefined ? PAGE.body : await less(request, reply);
    if (!reply.sent) reply.send(payload);
    return reply;
  };
  const plugin = async (instance: Instance<Request, Reply>): Promise<void> => {
    instance.addHook('preHandler', preHandler);
    instance.addHook('onResponse', async (request, reply) => {
      begun.get(request)?.ended(reply.statusCode);
      begun.delete(request);
    });
    instance.addHook('onRequestAbort', async (request) => {
      begun.get(request)?.ended(null);
      begun.delete(request);
    });
  };
  // Without it the hooks would hold for a child of the instance alone.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

/** The ladder as a plugin of Fastify: the routes beside it are the full face. */
import {
  answerOf,
  discard,
  replaceBy,
  type Answered,
  type FastifyReplyLike,
} from './fastify-answer.ts';
import { headersOf, isSafeMethod, PAGE } from './http.ts';
import { ServerLevels, type Begun, type ServerOptions } from './server.ts';

/** What of a request is looked at. */
export interface FastifyRequestLike {
  readonly method: string;
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
  addHook(
    name: 'onSend',
    hook: (request: Request, reply: Reply, payload: unknown) => Promise<unknown>,
  ): unknown;
  addHook(name: 'onRequestAbort', hook: (request: Request) => Promise<unknown>): unknown;
}

/** A request with the headers that its reply had before any face. */
interface Mine {
  readonly begun: Begun;
  readonly before: Readonly<Record<string, unknown>>;
}

/**
 * Makes the plugin, which holds for all routes of the instance that it is registered on. What is refused
 * before a route's handler is no evidence. A failed answer that is safe is replaced before it is sent.
 *
 * @throws ConfigError naming the option that does not validate.
 *
 * @example
 * await app.register(fastifyLevels({ table: 'ServiceResiliencyTable-prod', degraded, probe }));
 */
export function fastifyLevels<Request extends FastifyRequestLike, Reply extends FastifyReplyLike>(
  options: FastifyOptions<Request, Reply>,
): (instance: Instance<Request, Reply>) => Promise<void> {
  const levels = new FastifyLevels(options);
  const plugin = async (instance: Instance<Request, Reply>): Promise<void> => {
    instance.addHook('preHandler', (request, reply) => levels.begin(request, reply));
    instance.addHook('onSend', (request, reply, payload) => levels.send(request, reply, payload));
    instance.addHook('onResponse', async (request, reply) => levels.end(request, reply.statusCode));
    instance.addHook('onRequestAbort', async (request) => levels.end(request, null));
  };
  // Without it the hooks would hold for a child of the instance alone.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

class FastifyLevels<Request extends FastifyRequestLike, Reply extends FastifyReplyLike> {
  readonly #levels: ServerLevels<Request>;
  readonly #degraded: Face<Request, Reply>;
  readonly #maintenance: Face<Request, Reply> | undefined;
  readonly #mine = new WeakMap<object, Mine>();

  constructor({ degraded, maintenance, ...server }: FastifyOptions<Request, Reply>) {
    this.#levels = new ServerLevels<Request>(server);
    this.#degraded = degraded;
    this.#maintenance = maintenance;
  }

  async begin(request: Request, reply: Reply): Promise<unknown> {
    const before = headersOf(reply);
    const begun = await this.#levels.begin(request, isSafeMethod(request.method));
    this.#mine.set(request, { begun, before });
    const { ticket } = begun;
    head(reply, begun.headers());
    const { face, exercise } = ticket.plan;
    if (face === 'full') return undefined;
    if (exercise) return this.#exercise(request, reply, begun);
    const less = face === 'degraded' ? this.#degraded : this.#maintenance;
    if (less === undefined) {
      reply.code(PAGE.statusCode);
      reply.header('Content-Type', PAGE.contentType);
      reply.header('Retry-After', String(this.#levels.guard.retryAfterSeconds(ticket)));
    }
    const payload = less === undefined ? PAGE.body : await less(request, reply);
    if (!reply.sent) reply.send(payload);
    return reply;
  }

  /** Replaces a failed answer of the full face, where the degraded one has a better one. */
  async send(request: Request, reply: Reply, payload: unknown): Promise<unknown> {
    const mine = this.#mine.get(request);
    // Of what was refused before there is nothing; of an exercise it was asked already.
    if (!mine?.begun.beginShield(reply.statusCode)) return payload;
    const { begun, before } = mine;
    const answer = await answerOf((own: Reply) => this.#degraded(request, own), reply);
    if (!begun.endShield(answer.status)) {
      discard(answer.payload);
      return payload;
    }
    discard(payload);
    const replaced = replaceBy(reply, answer, before);
    head(reply, begun.headers(true));
    return replaced;
  }

  end(request: Request, status: number | null): void {
    this.#mine.get(request)?.begun.end(status);
  }

  /** @returns undefined where the full face is to serve after all. */
  async #exercise(request: Request, reply: Reply, begun: Begun): Promise<unknown> {
    const answer = await answerOf((own: Reply) => this.#degraded(request, own), reply);
    if (begun.beginShield(answer.status)) {
      discard(answer.payload);
      head(reply, begun.headers(true));
      return undefined;
    }
    reply.code(answer.status);
    head(reply, answer.headers);
    reply.send(answer.payload);
    return reply;
  }
}

function head(reply: FastifyReplyLike, headers: Answered['headers']): void {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value as string);
}

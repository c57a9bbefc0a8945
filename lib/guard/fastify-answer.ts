/** An answer that a face gives in another's place: what it does to the reply is kept until it is known to be good. */

/** What of a reply is used. */
export interface FastifyReplyLike {
  readonly statusCode: number;
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(payload: unknown): unknown;
  getHeaders(): object;
  removeHeader(name: string): unknown;
  serialize(payload: never): string | ArrayBuffer | Buffer;
}

/** What a face has answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
}

/** Runs a face on a reply that it cannot touch; an error that it throws is its status. */
export async function answerOf<Reply extends FastifyReplyLike>(
  face: (reply: Reply) => unknown,
  reply: Reply,
): Promise<Answered> {
  const kept = new Kept();
  const proxy: Reply = new Proxy(reply, {
    get(target, name) {
      // A reply is a promise of its end, which an answer that is kept does not have.
      if (name === 'then') return undefined;
      const own = kept.get(name, proxy);
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  try {
    const returned = await face(proxy);
    return kept.answered(returned === proxy || kept.isSent ? undefined : returned);
  } catch (error) {
    const { statusCode, status = statusCode } = Object(error) as Readonly<Record<string, unknown>>;
    return { status: typeof status === 'number' ? status : 500, headers: {}, payload: '' };
  }
}

class Kept {
  isSent = false;
  #status = 200;
  #payload: unknown;
  readonly #headers: Record<string, string> = {};

  /** What stands for a member of the reply; undefined: its own. */
  get(name: string | symbol, proxy: unknown): unknown {
    const chained =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args) => {
        act(...args);
        return proxy;
      };
    const set = (key: string, value: string) => {
      this.#headers[key.toLowerCase()] = value;
    };
    switch (name) {
      case 'statusCode':
        return this.#status;
      case 'sent':
        return this.isSent;
      case 'code':
      case 'status':
        return chained((status: number) => {
          this.#status = status;
        });
      case 'header':
        return chained(set);
      case 'type':
        return chained((type: string) => set('content-type', type));
      case 'headers':
        return chained((all: Readonly<Record<string, string>>) => {
          for (const [key, value] of Object.entries(all)) set(key, value);
        });
      case 'send':
        return chained((payload: unknown) => {
          this.isSent = true;
          this.#payload = payload;
        });
      default:
        return undefined;
    }
  }

  answered(returned: unknown): Answered {
    const payload = this.isSent ? this.#payload : returned;
    return { status: this.#status, headers: this.#headers, payload };
  }
}

/**
 * Puts an answer in the place of another one that is about to be sent.
 *
 * @param before The headers that the reply had before any face touched it.
 * @returns Its payload as it goes over the wire.
 */
export function replaceBy(
  reply: FastifyReplyLike,
  { status, headers, payload }: Answered,
  before: Readonly<Record<string, unknown>>,
): unknown {
  for (const name of Object.keys(reply.getHeaders())) {
    if (!(name in before)) reply.removeHeader(name);
  }
  reply.code(status);
  for (const [name, value] of Object.entries({
    ...(before as Record<string, string>),
    ...headers,
  })) {
    reply.header(name, value);
  }
  const isRaw = payload === undefined || typeof payload === 'string' || isBytes(payload);
  if (!('content-type' in headers)) reply.header('content-type', typeOf(payload));
  return isRaw ? (payload ?? '') : reply.serialize(payload as never);
}

const isBytes = (payload: unknown): boolean =>
  payload instanceof Uint8Array ||
  typeof (payload as { pipe?: unknown } | null)?.pipe === 'function';

function typeOf(payload: unknown): string {
  if (typeof payload === 'string') return 'text/plain; charset=utf-8';
  return isBytes(payload) ? 'application/octet-stream' : 'application/json; charset=utf-8';
}

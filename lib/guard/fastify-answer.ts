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
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
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
  #hasStatus = false;
  #payload: unknown;
  readonly #headers: Record<string, string | readonly string[]> = {};

  /** What stands for a member of the reply; undefined: its own. */
  get(name: string | symbol, proxy: unknown): unknown {
    const chained =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args) => {
        act(...args);
        return proxy;
      };
    const set = (key: string, value: string | readonly string[]) => this.#set(key, value);
    const send = (payload: unknown): void => {
      this.isSent = true;
      this.#payload = payload;
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
          this.#hasStatus = true;
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
        return chained(send);
      case 'redirect':
        return chained((url: string, code?: number) => {
          set('location', url);
          this.#status = code ?? (this.#hasStatus ? this.#status : 302);
          send(undefined);
        });
      case 'getHeader':
        return (key: string) => this.#headers[key.toLowerCase()];
      case 'getHeaders':
        return () => ({ ...this.#headers });
      case 'hasHeader':
        return (key: string) => key.toLowerCase() in this.#headers;
      case 'removeHeader':
        return chained((key: string) => {
          delete this.#headers[key.toLowerCase()];
        });
      default:
        return undefined;
    }
  }

  answered(returned: unknown): Answered {
    const payload = this.isSent ? this.#payload : returned;
    if (!(payload instanceof Response)) {
      return { status: this.#status, headers: this.#headers, payload };
    }
    // As Fastify takes it: its head, then its body.
    for (const [key, value] of payload.headers) this.#set(key, value);
    return { status: payload.status, headers: this.#headers, payload: payload.body };
  }

  /** Cookies stand beside one another, as in a reply. */
  #set(key: string, value: string | readonly string[]): void {
    const name = key.toLowerCase();
    const before = name === 'set-cookie' ? this.#headers[name] : undefined;
    this.#headers[name] = before === undefined ? value : [before, value].flat();
  }
}

/** Closes what an answer would have been read from, where it is not sent. */
export function discard(payload: unknown): void {
  const { destroy, cancel } = Object(payload) as Readonly<
    Partial<Record<'destroy' | 'cancel', () => unknown>>
  >;
  if (typeof destroy === 'function') destroy.call(payload);
  // Of a stream that somebody reads already, it is the reader's.
  else if (typeof cancel === 'function') void Promise.resolve(cancel.call(payload)).catch(() => {});
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
  // A cookie that is set once more would stand beside what is there.
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
  reply.code(status);
  for (const [name, value] of [...Object.entries(before), ...Object.entries(headers)]) {
    reply.header(name, value as string);
  }
  if (payload === undefined) return '';
  if (!('content-type' in headers)) reply.header('content-type', typeOf(payload));
  const isRaw = typeof payload === 'string' || isBytes(payload);
  return isRaw ? payload : reply.serialize(payload as never);
}

const isBytes = (payload: unknown): boolean =>
  payload instanceof Uint8Array ||
  payload instanceof ReadableStream ||
  typeof (payload as { pipe?: unknown } | null)?.pipe === 'function';

function typeOf(payload: unknown): string {
  if (typeof payload === 'string') return 'text/plain; charset=utf-8';
  return isBytes(payload) ? 'application/octet-stream' : 'application/json; charset=utf-8';
}

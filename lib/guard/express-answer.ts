/** An answer of Express that is held back while it is not known whether it is to be sent. */
import { headersOf } from './http.ts';

/** What of a response is used. */
export interface ExpressResponse {
  statusCode: number;
  readonly writableFinished: boolean;
  setHeader(name: string, value: string): unknown;
  getHeaders(): object;
  removeHeader(name: string): unknown;
  once(event: 'close' | 'finish', listener: () => void): unknown;
  destroy(): unknown;
  end(body?: string): unknown;
  write(part: string): unknown;
  writeHead(status: number): unknown;
  flushHeaders(): unknown;
}

/** What goes to the wire. */
type Wire = Record<(typeof NAMES)[number], (...args: readonly unknown[]) => unknown>;

const NAMES = ['writeHead', 'write', 'end', 'flushHeaders'] as const;

/** The most of an answer that is held back, in bytes: a longer one goes as it is. */
const MOST_HELD = 64 * 1024;

/** The head of a response, to go back to. */
export interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

export function headOf(response: ExpressResponse): Head {
  return { statusCode: response.statusCode, headers: headersOf(response) };
}

/** Makes a response's head that of another moment. */
export function restoreHead(response: ExpressResponse, { statusCode, headers }: Head): void {
  for (const name of Object.keys(response.getHeaders())) response.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string);
  response.statusCode = statusCode;
}

/** The methods of a response as they write to its socket. */
export function wireOf(response: ExpressResponse): Wire {
  const own = response as unknown as Wire;
  return Object.fromEntries(NAMES.map((name) => [name, own[name].bind(response)])) as Wire;
}

/** Lets an answer pass, or holds it back whole: its status decides when its first part is written. */
export class Held {
  #state: 'open' | 'passing' | 'held' | 'over' = 'open';
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  readonly #response: ExpressResponse;
  readonly #wire: Wire;
  readonly #isHeld: (status: number) => boolean;
  readonly #whole: () => void;
  readonly #again: (() => void) | undefined;

  /**
   * @param isHeld Asked once.
   * @param whole Told when an answer that is held back has ended.
   * @param again Told when who has ended it ends another one, as who fails after its answer does.
   */
  constructor(
    response: ExpressResponse,
    wire: Wire,
    isHeld: (status: number) => boolean,
    whole: () => void,
    again?: () => void,
  ) {
    this.#response = response;
    this.#wire = wire;
    this.#isHeld = isHeld;
    this.#whole = whole;
    this.#again = again;
  }

  /** Whether nothing of it is on its way. */
  get isBack(): boolean {
    return this.#state !== 'passing';
  }

  /** What stands in place of the response's own methods. */
  readonly methods: Wire = {
    writeHead: (...args) => {
      const [status, ...rest] = args;
      if (this.#passes(Number(status))) return this.#wire.writeHead(...args);
      // Once it has ended, only what is sent in its place comes by here.
      if (this.#state === 'over') return this.#wire.writeHead(...args);
      this.#head(Number(status), rest);
      return this.#response;
    },
    write: (...args) => {
      if (this.#passes(this.#response.statusCode)) return this.#wire.write(...args);
      this.#hold(args);
      const told = callbackOf(args);
      if (told !== undefined) queueMicrotask(told);
      return true;
    },
    end: (...args) => {
      if (this.#passes(this.#response.statusCode)) return this.#wire.end(...args);
      if (this.#state === 'over') this.#again?.();
      if (this.#state !== 'held') return this.#response;
      this.#hold(args);
      const told = callbackOf(args);
      if (told !== undefined) this.#response.once('finish', told);
      // It may have become too long to be held.
      if (this.#passes(this.#response.statusCode)) return this.#wire.end();
      this.#state = 'over';
      this.#whole();
      return this.#response;
    },
    flushHeaders: () => {
      if (this.#passes(this.#response.statusCode)) this.#wire.flushHeaders();
    },
  };

  /** Sends what was held back. */
  send(): void {
    this.#state = 'passing';
    this.#wire.end(Buffer.concat(this.#chunks));
  }

  #passes(status: number): boolean {
    if (this.#state === 'open') this.#state = this.#isHeld(status) ? 'held' : 'passing';
    return this.#state === 'passing';
  }

  #head(status: number, rest: readonly unknown[]): void {
    this.#response.statusCode = status;
    const headers = rest.find((each) => typeof each === 'object') ?? {};
    for (const [name, value] of pairsOf(headers)) this.#response.setHeader(name, value as string);
  }

  #hold([chunk, encoding]: readonly unknown[]): void {
    if (this.#state !== 'held') return;
    // What is no name of an encoding, as a callback, is utf8 to it.
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding as 'utf8') : chunk;
    if (!(bytes instanceof Uint8Array)) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes <= MOST_HELD) return;
    this.#state = 'passing';
    for (const each of this.#chunks) this.#wire.write(each);
    this.#chunks = [];
  }
}

/** Who waits for a part to be written, or for the end, waits for no socket while it is held back. */
function callbackOf(args: readonly unknown[]): (() => void) | undefined {
  return args.find((each): each is () => void => typeof each === 'function');
}

/** Of a head as writeHead takes it: an object, or a list of names and values with or without pairs. */
function pairsOf(headers: object): ReadonlyMap<string, unknown> {
  if (!Array.isArray(headers)) return new Map(Object.entries(headers));
  const flat: readonly unknown[] = headers.flat();
  const pairs = new Map<string, unknown>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name, value] = [String(flat[at]).toLowerCase(), flat[at + 1]];
    pairs.set(name, pairs.has(name) ? [pairs.get(name), value].flat() : value);
  }
  return pairs;
}

/** The response as another face sees it: what it writes goes another way. */
export function through<Response extends ExpressResponse>(
  response: Response,
  methods: Wire,
): Response {
  return new Proxy(response, {
    get: (target, name, proxy) =>
      Object.hasOwn(methods, name)
        ? methods[name as keyof Wire]
        : (Reflect.get(target, name, proxy) as unknown),
  });
}

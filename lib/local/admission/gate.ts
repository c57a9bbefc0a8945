/** A connection whose requests come one at a time: the next is not read before the last is answered. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { endOfHead, type Seen } from './head-end.ts';
import type { Returns } from './returns.ts';

/** What a connection is doing with its request. */
interface Current {
  readonly request: IncomingMessage;
  /** Bytes of the body that are to come; null where only the parser knows, as of chunks. */
  bodyLeft: number | null;
  answered: boolean;
}

/**
 * Stands between a socket and Node's parser, which would make requests of all that it is given: a
 * client that sends a thousand in a row would have them all in memory and running. Here what was not
 * asked for yet stays in the kernel, but for one piece of at most 64 KiB; so a client that does not
 * wait for its answers is slowed down by TCP alone.
 *
 * A piece is given up to the end of a head, then the body, so no HTTP is parsed here but an empty line.
 */
export class Gate extends Duplex {
  readonly #socket: Socket;
  /** What came and was not given on. */
  #rest: Buffer | null = null;
  #ended = false;
  /** Nothing is read any more: the connection ends with what is being written. */
  #closing = false;
  /** A piece was given on and is not parsed yet. */
  #inHand = false;
  #seen: Seen = 0;
  #current: Current | null = null;
  #held: NodeJS.Timeout | null = null;
  #writingSinceMs: number | null = null;
  readonly #nowMs: () => number;

  /** @param nowMs Milliseconds that never go back. */
  constructor(socket: Socket, nowMs: () => number) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#nowMs = nowMs;
    socket
      .on('data', (bytes: Buffer) => {
        this.#rest = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
        // One piece at most is kept; what follows waits in the kernel.
        socket.pause();
        this.#advance();
      })
      .on('end', () => {
        this.#ended = true;
        this.#advance();
      })
      .on('timeout', () => this.emit('timeout'))
      .on('error', (error) => this.destroy(error))
      .on('close', () => this.destroy());
  }

  /** To be called once the parser listens. */
  open(): void {
    // Behind the parser's own listener, so that what it makes of a piece is known here.
    this.on('data', () => {
      this.#inHand = false;
      this.#advance();
    });
  }

  /** Tells of a request that the parser made; the next one waits until this one is answered. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    const bodyLeft = coding === undefined ? Number(length ?? 0) : null;
    const current: Current = { request, bodyLeft, answered: false };
    this.#current = current;
    response.once('close', () => {
      current.answered = true;
      this.#advance();
    });
  }

  /** Reads no other request for so long, in milliseconds: what a client was told to wait, it waits. */
  hold(forMs: number, returns: Returns): void {
    if (this.#held !== null) return;
    returns.begin();
    const over = () => {
      if (this.#held === null) return;
      clearTimeout(this.#held);
      this.#held = null;
      this.removeListener('close', over);
      returns.end();
      this.#advance();
    };
    this.#held = setTimeout(over, forMs).unref();
    this.once('close', over);
  }

  /** How long an answer has been waiting for its reader, in milliseconds. */
  stalledMs(): number {
    return this.#writingSinceMs === null ? 0 : this.#nowMs() - this.#writingSinceMs;
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  setTimeout(ms: number): this {
    this.#socket.setTimeout(ms);
    return this;
  }

  destroySoon(): void {
    this.#closing = true;
    this.#rest = null;
    if (this.writableFinished) this.destroy();
    else this.end(() => this.destroy());
  }

  #advance(): void {
    if (this.#inHand || this.#closing || this.destroyed) return;
    if (this.#rest === null) {
      if (!this.#ended) this.#socket.resume();
      else if (!this.readableEnded) this.push(null);
      return;
    }
    const bytes = this.#rest;
    const end = this.#next(bytes);
    if (end === 0) return;
    this.#rest = end < bytes.length ? bytes.subarray(end) : null;
    this.#inHand = true;
    this.push(bytes.subarray(0, end));
  }

  /** How many of these bytes may be given on now. */
  #next(bytes: Buffer): number {
    const current = this.#current;
    if (current !== null && !isComplete(current)) {
      if (current.bodyLeft === null) return this.#upToEmptyLine(bytes);
      const size = Math.min(current.bodyLeft, bytes.length);
      current.bodyLeft -= size;
      return size;
    }
    if (current?.answered === false || this.#held !== null) return 0;
    this.#current = null;
    return this.#upToEmptyLine(bytes);
  }

  #upToEmptyLine(bytes: Buffer): number {
    const { end, seen } = endOfHead(bytes, this.#seen);
    this.#seen = seen;
    return end;
  }

  override _read(): void {
    // Pieces are pushed when their time has come.
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(chunk, encoding, this.#written(done));
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer; readonly encoding: BufferEncoding }[],
    done: () => void,
  ): void {
    const written = this.#written(done);
    this.#socket.cork();
    for (const [index, { chunk, encoding }] of chunks.entries()) {
      if (index === chunks.length - 1) this.#socket.write(chunk, encoding, written);
      else this.#socket.write(chunk, encoding);
    }
    this.#socket.uncork();
  }

  #written(done: () => void): (error?: Error | null) => void {
    this.#writingSinceMs = this.#nowMs();
    return () => {
      this.#writingSinceMs = null;
      // A socket that fails says so by its own 'error'.
      done();
    };
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#rest = null;
    this.#socket.destroy();
    done(error);
  }
}

/** Whether the parser has all of the request. */
function isComplete({ request, bodyLeft }: Current): boolean {
  return bodyLeft === null ? request.complete : bodyLeft === 0;
}

/** Server-sent events to one viewer: https://html.spec.whatwg.org/multipage/server-sent-events.html. */
import { PassThrough } from 'node:stream';

/** What waits for a viewer who does not read, in bytes; beyond it the stream ends, and the page comes back. */
const MOST_WAITING = 1024 * 1024;

/** How soon the page comes back, in milliseconds. */
const RETRY_MS = 1_000;

/** A stream that one viewer reads. */
export class EventStream {
  readonly body = new PassThrough();

  constructor() {
    this.body.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** @param id What the page names as its last event when it comes back. */
  send(event: string, data: unknown, id?: string): void {
    if (this.body.writableEnded) return;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const name = id === undefined ? '' : `id: ${id}\n`;
    // JSON has no line end of its own.
    this.body.write(`${name}event: ${event}\ndata: ${text}\n\n`);
    if (this.body.writableLength > MOST_WAITING) this.end();
  }

  end(): void {
    this.body.end();
  }
}

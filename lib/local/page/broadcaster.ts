/** Tells every viewer of the live page what happens: the seconds, the level rows, the last way through the workflow. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Clock } from '../../runtime/clock.ts';
import { redacted } from '../../runtime/redact.ts';
import { EventStream } from './event-stream.ts';
import type { Feed, Served } from './feed.ts';

/** What it stands on. */
export interface BroadcasterParts {
  readonly feed: Feed;
  readonly clock: Clock;
  /** The answer of GET /circuit-breaker to an operator; null where it cannot be read now. */
  readonly readStatus: () => Promise<string | null>;
  /** How often the rows are read while anybody looks, in milliseconds. */
  readonly statusEveryMs: number;
  /** Whether they are read after requests too. */
  readonly readsAfterRequests: boolean;
}

/** So many pages may look at once. */
export const MOST_VIEWERS = 20;

/** What follows from a request is told so long after it, once for all that come meanwhile. */
const AFTER_MS = 150;

const SECOND_MS = 1_000;

const levels = v.object({
  scopes: v.record(v.string(), v.object({ currentLevel: v.optional(v.picklist([1, 2, 3])) })),
});

/** Keeps the viewers, and reads for them. Nothing is read while nobody looks. */
export class Broadcaster {
  /** Names this process: numbers of another one mean nothing here. */
  readonly boot = randomUUID().slice(0, 8);
  readonly #parts: BroadcasterParts;
  /** Each with whether it may read what operators said. */
  readonly #viewers = new Map<EventStream, boolean>();
  readonly #everySecond: NodeJS.Timeout;
  #status: string | null = null;
  #statusAt = -Infinity;
  #soon: NodeJS.Timeout | null = null;
  #told: Served | null = null;
  #reading = false;

  constructor(parts: BroadcasterParts) {
    this.#parts = parts;
    this.#everySecond = setInterval(() => this.#second(), SECOND_MS).unref();
  }

  /**
   * Adds a viewer.
   *
   * @param lastId The last event that it has seen; what it missed since is told at once.
   * @param readsWords Whether it may read what operators said of their changes, and who they are.
   * @returns null where there are too many.
   */
  join(lastId: string | undefined, readsWords: boolean): EventStream | null {
    if (this.#viewers.size >= MOST_VIEWERS) return null;
    const { feed } = this.#parts;
    const stream = new EventStream();
    const [boot, number] = (lastId ?? '').split('.');
    const isOurs = boot === this.boot;
    stream.send('hello', { boot: this.boot, resumed: isOurs });
    const missed = feed.since(isOurs ? Number(number) || 0 : 0);
    stream.send(
      'seconds',
      missed.map(({ second }) => second),
      this.#idOf(missed.at(-1)?.number),
    );
    if (this.#status !== null) stream.send('status', shownTo(readsWords, this.#status));
    if (feed.last !== null) stream.send('served', feed.last);
    this.#viewers.set(stream, readsWords);
    stream.body.once('close', () => this.#viewers.delete(stream));
    void this.#read();
    return stream;
  }

  /** Something was answered, or changed by hand. */
  touch(): void {
    if (this.#viewers.size === 0 || this.#soon !== null) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      this.#tellServed();
      if (this.#parts.readsAfterRequests) void this.#read();
    }, AFTER_MS).unref();
  }

  close(): void {
    clearInterval(this.#everySecond);
    if (this.#soon !== null) clearTimeout(this.#soon);
    for (const viewer of this.#viewers.keys()) viewer.end();
  }

  #idOf(number: number | undefined): string | undefined {
    return number === undefined ? undefined : `${this.boot}.${number}`;
  }

  #second(): void {
    const { feed, clock, statusEveryMs } = this.#parts;
    const { number, second } = feed.endSecond(clock.nowMs());
    this.#send('seconds', [second], this.#idOf(number));
    if (this.#viewers.size === 0) return;
    if (clock.monotonicMs() - this.#statusAt >= statusEveryMs - SECOND_MS / 2) void this.#read();
  }

  #tellServed(): void {
    const { last } = this.#parts.feed;
    if (last === null || last === this.#told) return;
    this.#told = last;
    this.#send('served', last);
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    const { readStatus, clock, feed } = this.#parts;
    this.#reading = true;
    this.#statusAt = clock.monotonicMs();
    const status = await readStatus().catch(() => null);
    this.#reading = false;
    if (status === null) {
      this.#status = null;
      this.#send('unread', {});
      return;
    }
    const read = v.safeParse(levels, JSON.parse(status));
    for (const [scope, { currentLevel }] of Object.entries(
      read.success ? read.output.scopes : {},
    )) {
      if (currentLevel !== undefined) feed.level(scope, currentLevel);
    }
    if (status === this.#status) return;
    this.#status = status;
    for (const [viewer, readsWords] of this.#viewers) {
      viewer.send('status', shownTo(readsWords, status));
    }
  }

  #send(event: string, data: unknown, id?: string): void {
    for (const viewer of this.#viewers.keys()) viewer.send(event, data, id);
  }
}

function shownTo(readsWords: boolean, status: string): string {
  return readsWords ? status : JSON.stringify(redacted(JSON.parse(status)));
}

/** Many raw connections at once that send more than they wait for, and a judgement of every answer. */
import { connect, type Socket } from 'node:net';
import { judge, type Kind } from '../../load/k6/contract.ts';

/** What a storm is made of. */
export interface Storm {
  readonly url: string;
  readonly connections: number;
  /** Requests that a connection has under way at the same time. */
  readonly pipelined: number;
  /** Requests that a connection sends in all; it stops after so many. */
  readonly each: number;
  /** No further request is sent after so long, in milliseconds. */
  readonly forMs?: number;
  /** Whether the requests ask for an error. */
  readonly error: boolean;
  /** Sent along, to be long. */
  readonly header?: string;
}

/** What came of it. */
export interface Weathered {
  readonly sent: number;
  readonly answered: Readonly<Record<Kind, number>>;
  /** Answers marked as served without knowing the level. */
  readonly failOpen: number;
  /** Answers by the level that served them. */
  readonly levels: ReadonlyMap<number | null, number>;
  /** Connections that ended before all was answered. */
  readonly broken: number;
  readonly tookMs: number;
  /** How long answers took that were no refusal, in milliseconds, ascending; of one request a connection only. */
  readonly servedMs: readonly number[];
  /** When each answer came that was no refusal, in milliseconds from the start of the storm. */
  readonly servedAtMs: readonly number[];
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The bytes of a request. */
export function requestBytes(error: boolean, header = ''): string {
  const body = JSON.stringify({ error });
  return `POST /service-api HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Long: ${header}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Sends it all and waits until every connection is done or broken. */
export async function storm(given: Storm): Promise<Weathered> {
  const startedAt = performance.now();
  const tally = createTally(given.error);
  const ends = Array.from({ length: given.connections }, () => client(given, tally, startedAt));
  const broken = (await Promise.all(ends)).filter((isWhole) => !isWhole).length;
  tally.servedMs.sort((one, other) => one - other);
  return { ...tally, broken, tookMs: performance.now() - startedAt };
}

/** The value that a share of the ascending ones are at most. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? 0;
}

function createTally(error: boolean) {
  const answered = { full: 0, degraded: 0, maintenance: 0, refused: 0, error: 0, outside: 0 };
  const levels = new Map<number | null, number>();
  return {
    sent: 0,
    answered,
    failOpen: 0,
    levels,
    servedMs: [] as number[],
    servedAtMs: [] as number[],
    take(head: string, body: string, tookMs: number | null, atMs: number) {
      const headers = headersOf(head);
      const status = Number(head.slice(9, 12));
      const allowFailOpen = true;
      const { kind, level } = judge({ status, body, headers }, { error, allowFailOpen });
      answered[kind] += 1;
      levels.set(level, (levels.get(level) ?? 0) + 1);
      if (headers['X-Service-Fail-Open'] !== undefined) this.failOpen += 1;
      if (kind !== 'refused') this.servedAtMs.push(atMs);
      if (tookMs !== null && kind !== 'refused') this.servedMs.push(tookMs);
    },
  };
}

const NAMES = ['Content-Type', 'X-Service-Level', 'X-Service-Fail-Open', 'Retry-After'];

/** As k6 spells them. */
function headersOf(head: string): Record<string, string> {
  const found = head.split('\r\n').slice(1);
  return Object.fromEntries(
    found.map((line) => {
      const [name = '', value = ''] = line.split(': ');
      return [NAMES.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name, value];
    }),
  );
}

/** One connection; resolves with whether it was answered in full. */
function client(given: Storm, tally: ReturnType<typeof createTally>, startedAt: number) {
  const { hostname, port } = new URL(given.url);
  const bytes = requestBytes(given.error, given.header);
  return new Promise<boolean>((resolve) => {
    const socket: Socket = connect(Number(port), hostname);
    let rest: Buffer = Buffer.alloc(0);
    let [sent, got, sentAtMs] = [0, 0, 0];
    const isOver = () =>
      sent >= given.each || performance.now() - startedAt > (given.forMs ?? Infinity);
    const send = () => {
      const count = isOver() ? 0 : Math.min(given.pipelined - (sent - got), given.each - sent);
      if (count > 0) {
        sent += count;
        tally.sent += count;
        sentAtMs = performance.now();
        socket.write(bytes.repeat(count));
      } else if (sent === got) socket.end();
    };
    socket.once('connect', send);
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        const answer = firstAnswer(rest);
        if (answer === null) break;
        rest = rest.subarray(answer.bytes);
        got += 1;
        const tookMs = given.pipelined === 1 ? performance.now() - sentAtMs : null;
        tally.take(answer.head, answer.body, tookMs, performance.now() - startedAt);
      }
      send();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve(got === sent && sent > 0));
  });
}

function firstAnswer(bytes: Buffer) {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return null;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const all = end + HEAD_END.length + length;
  if (bytes.length < all) return null;
  return { head, body: bytes.toString('utf8', all - length, all), bytes: all };
}

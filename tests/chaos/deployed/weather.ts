/** A storm of requests to a deployed stage, the way back from it, and what must hold of both. */
import { expect } from 'vitest';
import type { Reply } from '../../flow/given.ts';
import { outsideTheDocument } from '../../flow/openapi.ts';
import type { World } from './given.ts';

/** What came of requests. */
export interface Weathered {
  readonly replies: readonly Reply[];
  /** What of the answers docs/openapi.yaml does not allow. */
  readonly outside: readonly string[];
}

/** How many clients send at the same time; beside a deploy fewer, which needs the machine as well. */
const CLIENTS = 6;
const CLIENTS_BESIDE = 2;
/** How many rounds the way back may take: 30 successes climb from level 3 and clear what is left. */
const ROUNDS = 15;

/** Every second request asks for an error. */
const HALF = (sent: number) => sent % 2 === 0;

/** Sends requests, each client one after the other. */
export async function storm(
  { dev }: World,
  given: {
    /** How many, or how long: until it settles. */
    readonly requests: number | Promise<unknown>;
    readonly fails?: (sent: number) => boolean;
  },
): Promise<Weathered> {
  const { requests, fails = HALF } = given;
  let isOver = false;
  if (typeof requests !== 'number') {
    const end = () => {
      isOver = true;
    };
    requests.then(end, end);
  }
  const replies: Reply[] = [];
  let sent = 0;
  const isDone = () => (typeof requests === 'number' ? sent >= requests : isOver);
  const client = async () => {
    while (!isDone()) {
      sent += 1;
      replies.push(await dev.post({ error: fails(sent) }));
    }
  };
  const length = typeof requests === 'number' ? CLIENTS : CLIENTS_BESIDE;
  await Promise.all(Array.from({ length }, client));
  const outside = replies.flatMap((reply) => outsideTheDocument('POST', '/service-api', reply));
  return { replies, outside };
}

/** Reads the status and the health by the deployed API. @returns What of the answers the document does not allow. */
export async function readStatuses(world: World): Promise<readonly string[]> {
  const paths = ['/circuit-breaker', '/health'];
  return (await Promise.all(paths.map((path) => operate(world, 'GET', path)))).flat();
}

/** Sends an operator's request to the deployed API. @returns What of the answer the document does not allow. */
export async function operate(
  { dev }: World,
  method: string,
  path: string,
  body?: object,
): Promise<readonly string[]> {
  const signer = { accessKeyId: 'test', secretAccessKey: 'test' };
  const reply = await dev.gateway.send(method, path, { signer, ...(body && { body }) });
  return outsideTheDocument(method, path, reply);
}

/** The way back. */
export interface Recovered {
  readonly requests: number;
  readonly tookMs: number;
}

/** Sends what succeeds, and ticks, until level 1 serves, nothing is left, and all was told; nothing else helps. */
export async function recover(world: World): Promise<Recovered> {
  const { dev } = world;
  const startedMs = performance.now();
  let requests = 0;
  let found: object = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    const { replies, outside } = await storm(world, { requests: CLIENTS, fails: () => false });
    expect(outside).toEqual([]);
    requests += replies.length;
    await dev.schedules.tick();
    const row = (await dev.table.row()) ?? {};
    const { currentLevel = 1, errorCount = 0, epoch, notifiedEpoch, override } = row;
    const isServedInFull = replies.every(
      ({ status, headers }) => status === 200 && headers.get('X-Service-Level') === '1',
    );
    const isOpen = replies.some(({ headers }) => headers.has('X-Service-Fail-Open'));
    found = { currentLevel, errorCount, epoch, notifiedEpoch, override, isServedInFull, isOpen };
    const isClean = currentLevel === 1 && errorCount === 0 && epoch === notifiedEpoch;
    if (isClean && isServedInFull && !isOpen) {
      return { requests, tookMs: performance.now() - startedMs };
    }
  }
  throw new Error(`no way back in ${requests} requests, got ${JSON.stringify(found)}`);
}

/** How many answers had each status, as `200 × 12, 500 × 6`. */
export function statusesOf(replies: readonly Reply[]): string {
  const counts = new Map<string, number>();
  for (const { status, headers } of replies) {
    const isOpen = headers.has('X-Service-Fail-Open');
    const key = isOpen ? `${status} fail-open` : String(status);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([one], [other]) => one.localeCompare(other));
  return sorted.map(([key, count]) => `${key} × ${count}`).join(', ');
}

/** The level row as GET /circuit-breaker tells it, once and every second. */
import { setTimeout as pause } from 'node:timers/promises';
import { isLevel, type Level } from '../lib/level/level.ts';
import type { Change } from '../lib/level/state.ts';
import { readControlPrefix } from '../lib/runtime/own-paths.ts';
import { LoadError } from './errors.ts';

/** The part of the status that is read here. */
export interface Status {
  readonly currentLevel: Level;
  readonly epoch: number;
  readonly history: readonly Change[];
}

/** The status at a time, in epoch milliseconds. */
export interface Poll extends Status {
  readonly atMs: number;
}

/** Where the status is, behind the address of a server. */
export const STATUS_PATH = `${readControlPrefix()}/circuit-breaker`;

const POLL_EVERY_MS = 1_000;
/** Under full load an answer takes its turn in the server's queue. */
const TIMEOUT_MS = 30_000;

/**
 * Reads the status.
 *
 * @throws LoadError if the server does not answer with one.
 */
export async function readStatus(url: string): Promise<Status> {
  const where = `GET ${url}${STATUS_PATH}`;
  let response: Response;
  try {
    response = await fetch(`${url}${STATUS_PATH}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    throw new LoadError(`${where}: ${cause?.code ?? message}; is the server running there?`, {
      cause: error,
    });
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && isStatus(body)) return body;
  throw new LoadError(`${where} must answer 200 with a level row, got ${response.status}`);
}

function isStatus(body: unknown): body is Status {
  if (typeof body !== 'object' || body === null) return false;
  const { currentLevel, epoch, history } = body as Record<string, unknown>;
  return isLevel(currentLevel) && Number.isInteger(epoch) && Array.isArray(history);
}

/** Reads the status until it is told to stop. A poll that fails is counted, and the next one made. */
export function startPolling(url: string): {
  readonly polls: readonly Poll[];
  /** Ends the polling and says how many polls failed. */
  stop(): Promise<number>;
} {
  const polls: Poll[] = [];
  const stopped = new AbortController();
  let failures = 0;
  const loop = async () => {
    while (!stopped.signal.aborted) {
      const startedAt = Date.now();
      try {
        // The read lies somewhere between question and answer: the middle is the best guess.
        const status = await readStatus(url);
        polls.push({ ...status, atMs: (startedAt + Date.now()) / 2 });
      } catch {
        failures += 1;
      }
      const restMs = Math.max(0, startedAt + POLL_EVERY_MS - Date.now());
      await pause(restMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  const ended = loop();
  return {
    polls,
    async stop() {
      stopped.abort();
      await ended;
      return failures;
    },
  };
}

/** How often the row is looked at until it rests, and the pause between, in milliseconds. */
const [REST_TRIES, REST_MS] = [20, 500];

/**
 * Reads something that must belong to one epoch: requests that k6 gave up may still change the row.
 *
 * @returns What was read and the status that held before and after it.
 * @throws LoadError if the row never rests.
 */
export async function readAtRest<T>(
  url: string,
  read: () => Promise<T>,
): Promise<{ readonly value: T; readonly status: Status }> {
  let before = await readStatus(url);
  for (let tries = 0; tries < REST_TRIES; tries += 1) {
    await pause(REST_MS);
    const value = await read();
    const after = await readStatus(url);
    if (after.epoch === before.epoch) return { value, status: after };
    before = after;
  }
  const forMs = REST_TRIES * REST_MS;
  throw new LoadError(`the level still changes ${forMs} ms after the run: who else calls it?`);
}

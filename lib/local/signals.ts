/** What SIGTERM and SIGINT do: a server ends what is in flight, and nobody can hold it up. */
import type { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Server } from './server.ts';

/** How long requests in flight may take to end after a signal, in milliseconds. */
const SHUTDOWN_MS = 4_500;

/** A server and where it logs. */
export interface Running {
  readonly server: Pick<Server, 'close'>;
  readonly telemetry: Telemetry;
}

/** The process, as far as signals go. */
type Signalled = Pick<EventEmitter, 'on'> & { exit(code: number): void };

/**
 * Ends the process at a signal: with 0 once the server is closed or 4.5 s are over, with 1 if it
 * cannot be closed, and at once with 1 at a second signal.
 *
 * @param started The server; null if it did not start.
 * @returns Whether a signal came.
 */
export function endOnSignal(target: Signalled, started: Promise<Running | null>): () => boolean {
  let ending = false;
  const end = async () => {
    if (ending) {
      target.exit(1);
      return;
    }
    ending = true;
    target.exit(await Promise.race([closed(started), pause(SHUTDOWN_MS, 0)]));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    target.on(signal, () => {
      void end();
    });
  }
  return () => ending;
}

async function closed(started: Promise<Running | null>): Promise<0 | 1> {
  const running = await started;
  try {
    await running?.server.close();
    return 0;
  } catch (error) {
    running?.telemetry.error('close failed', { error });
    return 1;
  }
}

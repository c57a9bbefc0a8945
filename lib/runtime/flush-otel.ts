/** Sends what an SDK of OpenTelemetry holds back, for no longer than an answer may wait for a collector. */
import { within } from '../shared/within.ts';
import { flushOtel } from '../telemetry/tracing.ts';
import { systemClock } from './clock.ts';

/** How long an answer waits for it, in milliseconds: the workflow gives the page of maintenance a second. */
const ANSWER_MS = 300;

/** A collector that took longer is not waited for so long, in milliseconds: the SDK goes on by itself. */
const REST_MS = 10_000;

/** How long the end of a process waits for it, in milliseconds. */
const END_MS = 2_000;

let restUntilMs = -Infinity;

/**
 * When an event has ended: afterwards the process may be frozen. An exporter tries for ten seconds, and a collector
 * that hangs would have every face time out. It never rejects.
 */
export async function flushAfterEvent(): Promise<void> {
  if (systemClock.monotonicMs() < restUntilMs) return;
  let isSent = false;
  const send = async (): Promise<void> => {
    await flushOtel();
    isSent = true;
  };
  await within(send(), ANSWER_MS);
  if (!isSent) restUntilMs = systemClock.monotonicMs() + REST_MS;
}

/** Before a process ends. It never rejects. */
export function flushAtEnd(): Promise<void> {
  return within(flushOtel(), END_MS);
}

/** What a face function does when an event has ended, since afterwards it may be frozen: it tells of its breakers and its spans. */
import { sharedRegistry } from '../breaker/vocabularies/registry.ts';
import { within } from '../shared/within.ts';
import { breakerEmf, type BreakerEmf } from '../telemetry/breaker-emf.ts';
import { systemClock } from './clock.ts';
import { readFaceConfig } from './face-config.ts';
import { flushAfterEvent } from './flush-otel.ts';

let emf: BreakerEmf | undefined;

/** Tells what waits. It never rejects: the event has its answer. */
export async function afterFaceEvent(): Promise<void> {
  // A table that is slow costs an answer no more than this; what it was being told counts as told.
  await within(sharedRegistry().settled(), TELL_MS);
  publishBreakers();
  await flushAfterEvent();
}

/** How long an answer waits for what breakers are telling their fleets, in milliseconds. */
const TELL_MS = 300;

/** Writes the breaker metrics that are due. */
function publishBreakers(): void {
  try {
    emf ??= breakerEmf({
      registry: sharedRegistry(),
      stage: readFaceConfig().stage,
      ...systemClock,
      write: (line) => process.stdout.write(`${line}\n`),
    });
    emf.publish();
  } catch {
    // Metrics must not cost an answer, and what reads the log has no other place to hear of it.
  }
}

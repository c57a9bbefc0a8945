/** Lambda: counts the outcome of a request and moves the level; finishes what a crash left on a tick. */
import * as v from 'valibot';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from '../lib/runtime/level-runtime.ts';
import { problemOf } from '../lib/runtime/validation.ts';
import { DEFAULT_SCOPE } from '../lib/store/level-store.ts';
import { heal, recordOutcome, type Settled } from '../lib/store/record-outcome.ts';
import { reportChange } from '../lib/telemetry/report-change.ts';

const level = v.picklist([1, 2, 3]);

const eventSchema = v.object({
  kind: v.picklist(['outcome', 'tick']),
  scope: v.string(),
  executionId: v.string(),
  readLevel: level,
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0)),
  servedLevel: level,
  /** 'none': a tick that probed nothing. */
  result: v.picklist(['success', 'error', 'none']),
  durationMs: v.nullable(v.number()),
});

type MutatorEvent = v.InferOutput<typeof eventSchema>;

/** The payload of the workflow is not what the mutator takes. */
class MutatorEventError extends Error {
  override readonly name = 'MutatorEventError';
  readonly code = 'MUTATOR_EVENT_INVALID';
}

/** What the mutator tells the workflow's log: nothing else reads it. */
export interface MutatorAnswer {
  readonly recorded: 'counted' | 'stale' | 'none';
}

/**
 * Makes the handler of the workflow's recording task. It throws where the outcome may not be
 * counted: the workflow then answers the client unchanged, and repeats a StoreThrottledError only.
 */
export const createHandler =
  (runtime: LevelRuntime) =>
  async (payload: unknown): Promise<MutatorAnswer> => {
    const { telemetry } = runtime;
    const parsed = v.safeParse(eventSchema, payload);
    if (!parsed.success) {
      const error = new MutatorEventError(`payload ${problemOf(parsed.issues)}`);
      telemetry.error('mutator failed', { error });
      telemetry.count('MutatorFailed', DEFAULT_SCOPE);
      throw error;
    }
    const event = parsed.output;
    try {
      const recorded = await record(runtime, event);
      if (event.kind === 'tick') await finish(runtime, event);
      return { recorded };
    } catch (error) {
      failed(runtime, event, 'mutator failed', error);
      throw error;
    }
  };

export const handler = lazyHandler(createHandler, levelRuntimeFromEnv);

async function record(
  runtime: LevelRuntime,
  event: MutatorEvent,
): Promise<MutatorAnswer['recorded']> {
  const { protocol, telemetry, clock } = runtime;
  const { scope, result, executionId } = event;
  if (result === 'none') return 'none';
  const recorded = await recordOutcome(protocol, scope, { ...event, result }, clock.nowMs());
  if (recorded.kind === 'stale') {
    telemetry.debug('outcome stale', { scope, epoch: event.epoch, result, executionId });
    telemetry.count('StaleOutcome', scope);
    return 'stale';
  }
  report(runtime, event, recorded);
  return 'counted';
}

/** Never throws: the workflow would repeat a throttled tick, and count its probe a second time. */
async function finish(runtime: LevelRuntime, event: MutatorEvent): Promise<void> {
  const { protocol, clock } = runtime;
  try {
    report(runtime, event, await heal(protocol, event.scope, clock.nowMs()));
  } catch (error) {
    failed(runtime, event, 'tick unfinished', error);
  }
}

function report(runtime: LevelRuntime, event: MutatorEvent, settled: Settled): void {
  const { scope, executionId } = event;
  for (const change of settled.changes) {
    reportChange(runtime.telemetry, scope, change, { executionId });
  }
  if (settled.unfinished !== undefined) {
    failed(runtime, event, 'transition unfinished', settled.unfinished);
  }
}

function failed(runtime: LevelRuntime, event: MutatorEvent, message: string, error: unknown): void {
  const { scope, executionId } = event;
  runtime.telemetry.error(message, { scope, executionId, error });
  runtime.telemetry.count('MutatorFailed', scope);
}

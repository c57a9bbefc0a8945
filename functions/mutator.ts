/** Lambda: counts the outcome of a request and moves the level; finishes what a crash left on a tick. */
import * as v from 'valibot';
import { announce } from '../lib/events/announce.ts';
import type { Observed } from '../lib/level/observe.ts';
import type { LevelState } from '../lib/level/state.ts';
import { flushAfterEvent } from '../lib/runtime/flush-otel.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from '../lib/runtime/level-runtime.ts';
import { renewReplicas, tellAfter } from '../lib/runtime/tell-replicas.ts';
import { problemOf } from '../lib/runtime/validation.ts';
import { StoreThrottledError } from '../lib/store/errors.ts';
import { DEFAULT_SCOPE } from '../lib/store/level-store.ts';
import { dueProbe, type DueProbe } from '../lib/store/due-probe.ts';
import { heal, type Settled } from '../lib/store/record-outcome.ts';
import { recordRead, type RecordedRead } from '../lib/store/replicas.ts';
import { isReplica, seenRow } from '../lib/store/seen-row.ts';
import { gaugesOf } from '../lib/store/status.ts';
import {
  publishController,
  publishServed,
  servedAs,
  type ServedAs,
} from '../lib/telemetry/publish.ts';
import { reportChange } from '../lib/telemetry/report-change.ts';
import { traced } from '../lib/telemetry/traced.ts';

const level = v.picklist([1, 2, 3]);

const eventSchema = v.object({
  /** 'claim': what may a tick try? */
  kind: v.picklist(['outcome', 'tick', 'claim']),
  scope: v.string(),
  executionId: v.string(),
  /** When the request came, in epoch milliseconds; 0 on a tick, whose schedule knows no milliseconds. */
  receivedAt: v.optional(v.number(), 0),
  /** The row as the request read it, in DynamoDB's JSON. */
  row: v.optional(v.record(v.string(), v.unknown())),
  bypass: v.optional(v.boolean(), false),
  signals: v.picklist(['direct', 'alarms', 'both']),
  /** The level was not read: what is served under it is evidence of nothing. */
  failOpen: v.boolean(),
  /** false: only what nobody else could publish is published. */
  record: v.boolean(),
  readLevel: level,
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0)),
  servedLevel: level,
  /** 'none': nothing was probed, or the request showed nothing; 'slow': a success that counts as an error. */
  result: v.picklist(['success', 'slow', 'error', 'none']),
  /** null: the face did not end by itself, and has published nothing. */
  durationMs: v.nullable(v.number()),
});

type MutatorEvent = v.InferOutput<typeof eventSchema>;

/** The payload of the workflow is not what the mutator takes. */
class MutatorEventError extends Error {
  override readonly name = 'MutatorEventError';
  readonly code = 'MUTATOR_EVENT_INVALID';
}

/** What the mutator tells the workflow's log, which alone reads recorded. */
export interface MutatorAnswer {
  readonly recorded: 'counted' | 'stale' | 'none';
}

/** What a tick may try. */
export interface ClaimAnswer {
  readonly probe: DueProbe;
}

/**
 * Makes the handler of the workflow's recording task. It throws where the outcome may not be
 * counted: the workflow then answers the client unchanged, and repeats a StoreThrottledError only.
 */
export const createHandler = (runtime: LevelRuntime) =>
  traced('mutator', (payload) => settle(runtime, payload));

export const handler = lazyHandler(createHandler, levelRuntimeFromEnv, flushAfterEvent);

async function settle(
  runtime: LevelRuntime,
  payload: unknown,
): Promise<MutatorAnswer | ClaimAnswer> {
  const { telemetry, clock } = runtime;
  const startedMs = clock.monotonicMs();
  const parsed = v.safeParse(eventSchema, payload);
  if (!parsed.success) {
    const error = new MutatorEventError(`payload ${problemOf(parsed.issues)}`);
    telemetry.error('mutator failed', { error });
    telemetry.count('MutatorFailed', DEFAULT_SCOPE);
    throw error;
  }
  const event = parsed.output;
  let state: LevelState | null = null;
  try {
    if (event.kind === 'claim') return { probe: await claim(runtime, event) };
    const read = await record(runtime, event);
    const { recorded } = read;
    // Before anybody else is called: what is not published now would be lost with this function.
    publishEvidence(runtime, event);
    // Before anybody is told of a change, the read replicas are: requests go by them.
    await tellAfter(runtime, event.scope, read);
    if (recorded.kind === 'counted') {
      state = recorded.state;
      if (recorded.changes.length > 0)
        await announce(runtime, event.scope, state, recorded.history);
    }
    if (event.kind === 'tick') state = await finish(runtime, event);
    return { recorded: recorded.kind };
  } catch (error) {
    // The workflow repeats what was throttled, and its repeat publishes.
    if (!(error instanceof StoreThrottledError)) publishEvidence(runtime, event);
    failed(runtime, event, 'mutator failed', error);
    throw error;
  } finally {
    const durationMs = clock.monotonicMs() - startedMs;
    publishController(telemetry, event.scope, state && seenIn(runtime, event, state), durationMs);
  }
}

/** The row with what it was judged by and waits for. */
function seenIn({ protocol, clock }: LevelRuntime, { scope }: MutatorEvent, state: LevelState) {
  const policy = protocol.policyOf(state.policy, scope);
  return { state, waits: gaugesOf({ state, policy, atMs: clock.nowMs() }) };
}

async function record(runtime: LevelRuntime, event: MutatorEvent): Promise<RecordedRead> {
  const { protocol, telemetry } = runtime;
  const { scope, result, executionId, signals, row } = event;
  if (!event.record || signals === 'alarms' || result === 'none') return NOTHING;
  const observed = observedOf(runtime, event, result);
  const read = await recordRead(protocol, scope, observed, isReplica(row));
  const { recorded } = read;
  if (recorded.kind === 'stale') {
    telemetry.debug('outcome stale', { scope, epoch: event.epoch, result, executionId });
    telemetry.count('StaleOutcome', scope);
  }
  if (recorded.kind === 'counted') report(runtime, event, recorded);
  return read;
}

const NOTHING: RecordedRead = { recorded: { kind: 'none' }, met: null };

function observedOf(
  { clock, random }: LevelRuntime,
  event: MutatorEvent,
  shown: 'success' | 'slow' | 'error',
): Observed {
  const { readLevel, epoch, servedLevel, durationMs, receivedAt } = event;
  const atMs = clock.nowMs();
  const result = shown === 'success' ? 'success' : 'error';
  return {
    outcome: { readLevel, epoch, servedLevel, result, durationMs },
    seen: seenRow(event.row, { level: readLevel, epoch }),
    readAtMs: receivedAt === 0 ? atMs : receivedAt,
    atMs,
    random: random(),
  };
}

async function claim({ protocol, clock }: LevelRuntime, event: MutatorEvent): Promise<DueProbe> {
  if (event.signals === 'alarms') return 'none';
  return dueProbe(protocol, event.scope, clock.nowMs());
}

/** What only the recording path learns of: faces that did not end, and what probes showed. */
function publishEvidence({ telemetry }: LevelRuntime, event: MutatorEvent): void {
  const { kind, scope, result, failOpen, readLevel, durationMs } = event;
  if (kind === 'claim') return;
  // A face counts the failed read of its request; a tick has no face.
  if (kind === 'tick' && failOpen) telemetry.count('StateReadFailed', scope);
  if (kind === 'outcome' && durationMs === null) {
    publishServed(telemetry, scope, roleOf(event), { outcome: 'error' });
  }
  // An outcome read at level 3 is a probe's: maintenance itself shows nothing. A stale one counts too.
  if (readLevel === 3 && result !== 'none') {
    telemetry.count('ProbeResult', scope, result === 'success' ? 1 : 0);
  }
}

function roleOf({ failOpen, bypass, readLevel, servedLevel }: MutatorEvent): ServedAs {
  return servedAs({ failOpen, bypass, readLevel, servedLevel, shielding: false });
}

/** Never throws: the workflow would repeat a throttled tick, and count its probe a second time. */
async function finish(runtime: LevelRuntime, event: MutatorEvent): Promise<LevelState | null> {
  const { protocol, clock } = runtime;
  try {
    const byCounts = event.signals !== 'alarms';
    const settled = await heal(protocol, event.scope, clock.nowMs(), { byCounts });
    report(runtime, event, settled);
    await renewReplicas(runtime, event.scope);
    await announce(runtime, event.scope, settled.state, settled.history);
    return settled.state;
  } catch (error) {
    failed(runtime, event, 'tick unfinished', error);
    return null;
  }
}

function report(runtime: LevelRuntime, event: MutatorEvent, settled: Settled): void {
  const { scope, executionId } = event;
  for (const change of settled.changes) {
    const { waits } = seenIn(runtime, event, settled.state);
    reportChange(runtime.telemetry, scope, change, { executionId, ...waits });
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

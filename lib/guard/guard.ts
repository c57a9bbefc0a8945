/** The ladder in one process: who serves by the copy of the row, and what is told to the row of how it went. */
import { timeout } from '../breaker/companions/timeout.ts';
import { claimProbe } from '../level/claim.ts';
import { directivesOf, type DeployedDirectives } from '../level/directives.ts';
import { FACE_OF, LEVEL_OF, type Level } from '../level/level.ts';
import { addToBatch, mergeBatches, observeBatch, type Batch } from '../level/observe-batch.ts';
import type { Observed } from '../level/observe.ts';
import type { Outcome } from '../level/outcome.ts';
import { isRecorded, planOf, type Asked, type Plan } from '../level/route.ts';
import { isPinned, type LevelState } from '../level/state.ts';
import { secondsUntil } from '../services/come-back.ts';
import { Flusher, type Flushed } from '../shared/flusher.ts';
import { RowCopy, type Held } from '../shared/row-copy.ts';
import { Turn } from '../shared/turn.ts';
import { StoreThrottledError } from '../store/errors.ts';
import { stateKeyOf } from '../store/level-store.ts';
import {
  recordCounts,
  recordOutcome,
  type Protocol,
  type Recorded,
} from '../store/record-outcome.ts';
import { stateOf } from '../store/row.ts';
import { publishServed, servedAs } from '../telemetry/publish.ts';
import { reportChange } from '../telemetry/report-change.ts';
import { INTERVAL_MS, readGuardOptions, type GuardOptions, type GuardSettings } from './options.ts';

/** What a request showed, and how long it took in milliseconds. */
export interface Shown {
  /** A success only if real work succeeded; 'none' for what says nothing of the service. */
  readonly outcome: 'success' | 'error' | 'none';
  readonly durationMs: number;
}

/** Tries the degraded face without a client; throwing, or 'error', is an error; it has a second. */
export type Probe = (context: { readonly signal: AbortSignal }) => unknown;

/** One request on its way. */
export interface Ticket {
  readonly plan: Plan;
  /** The level that the row says, or that serves while it is not known. */
  readonly level: Level;
  readonly safe: boolean;
  /** The row as it was read; null: it is not known. */
  readonly held: Held<LevelState> | null;
  /** In epoch milliseconds. */
  readonly readAtMs: number;
}

/** How long the first read of an environment may take, in milliseconds: it opens the connection too. */
const FIRST_WAIT_MS = 1_000;
/**
 * How long ago the counts are complete, in milliseconds: in the slot that runs, and until their next flush,
 * others have counted what they have not told, and who fails would be judged alone.
 */
const LAG_MS = 2 * INTERVAL_MS;
/** How long a probe may take, in milliseconds. */
const PROBE_MS = 1_000;

const OPEN = { canary: false, exercise: false, bypass: false, probe: 'none' } as const;

/** Follows one row; made once per process and scope. */
export class Guard {
  readonly #settings: GuardSettings;
  readonly #words: DeployedDirectives;
  readonly #protocol: Protocol;
  readonly #copy: RowCopy<LevelState>;
  readonly #flusher = new Flusher(INTERVAL_MS);
  readonly #probing = new Turn<LevelState>();
  readonly #trying = new Turn<LevelState>();
  readonly #probeTime = timeout({ timeout: PROBE_MS });
  #batch: Batch | null = null;

  /** @throws ConfigError naming the option that does not validate. */
  constructor(options: GuardOptions) {
    const settings = readGuardOptions(options);
    const { store, scope, policyOf, telemetry, random, within, deployed } = settings;
    this.#settings = settings;
    this.#words = directivesOf(deployed);
    this.#protocol = { store, policyOf };
    const stateKey = stateKeyOf(scope);
    this.#copy = new RowCopy<LevelState>({
      read: async () => stateOf(stateKey, await store.read(stateKey, { eventually: true })),
      epochOf: ({ epoch }) => epoch,
      refreshMs: INTERVAL_MS,
      firstWaitMs: FIRST_WAIT_MS,
      random,
      within,
      failed: (error) => telemetry.warn('level not read', { scope, error }),
    });
  }

  /** Decides who serves a request; waits for the row for as long as it may, and never fails. */
  async begin(asked: Asked): Promise<Ticket> {
    const { clock, failOpenLevel, telemetry, scope } = this.#settings;
    await this.#copy.refresh(clock.nowMs());
    const readAtMs = clock.nowMs();
    const held = this.#copy.current(readAtMs);
    const { safe, bypass } = asked;
    if (held === null) {
      telemetry.count('StateReadFailed', scope);
      const plan = { ...OPEN, bypass, face: bypass ? 'full' : FACE_OF[failOpenLevel] } as const;
      return { plan, level: failOpenLevel, safe, held, readAtMs };
    }
    const plan = planOf(held.row, this.#words, this.#turned(asked, held), readAtMs, this.#draw);
    return { plan, level: held.row.currentLevel, safe, held, readAtMs };
  }

  /** Whether the degraded face is to serve in place of a full one that failed. */
  shields({ plan, safe, held }: Ticket): boolean {
    if (plan.face === 'degraded') return plan.exercise && safe;
    if (plan.face !== 'full' || plan.bypass) return false;
    const shield = held?.row.shield ?? this.#words.shield;
    return shield === 'all' || (shield === 'safe' && safe);
  }

  /** Statuses below 500 that count as errors. */
  countedStatuses({ held }: Ticket): readonly number[] {
    return JSON.parse(held?.row.countStatuses ?? this.#words.countStatuses) as readonly number[];
  }

  /** In how many seconds a client in maintenance is asked to come back. */
  retryAfterSeconds({ held, readAtMs }: Ticket): number {
    const { override, nextProbeAtMs } = held?.row ?? {};
    const isHeld = held !== null && isPinned(held.row, readAtMs);
    const newsMs = isHeld ? override?.untilMs : nextProbeAtMs;
    return secondsUntil(newsMs, readAtMs, this.#settings.random());
  }

  /**
   * Counts how a request ended; of a maintenance page there is nothing to count.
   *
   * @returns What settles when the row was told what it must be told; it never rejects.
   */
  async end(ticket: Ticket, shown: Shown): Promise<void> {
    const { plan, held, readAtMs } = ticket;
    const result = this.#judged(ticket, shown);
    this.#publish(ticket, result, shown.durationMs);
    if (held === null || plan.face === 'maintenance' || result === 'none') return;
    const counted = result === 'success' ? 'success' : 'error';
    if (!isRecorded(held.row, this.#words, plan, counted, readAtMs, this.#draw)) return;
    await this.#record(ticket, held.row, counted, shown.durationMs);
  }

  /** Publishes how the degraded face did in another's place, which is no evidence. */
  publishShield(ticket: Ticket, shown: Shown): void {
    const { telemetry, scope } = this.#settings;
    publishServed(telemetry, scope, ticket.plan.exercise ? 'exercise' : 'shield', shown);
  }

  /**
   * Tries the degraded face beside a maintenance page, where it is this environment's turn.
   *
   * @returns What settles when the row was told; it never rejects.
   */
  async probe(ticket: Ticket, probe: Probe): Promise<void> {
    const { plan, held, readAtMs } = ticket;
    const { signals, telemetry, scope } = this.#settings;
    if (held === null || plan.probe === 'none' || signals === 'alarms') return;
    if (plan.probe === 'claim' && !(await this.#claim(held, readAtMs))) return;
    const result = await this.#tried(probe);
    if (result === 'none') return;
    telemetry.count('ProbeResult', scope, result === 'success' ? 1 : 0);
    // How long it took says nothing of a face that somebody waits for.
    await this.#record(ticket, held.row, result, null);
  }

  readonly #draw = (): string =>
    Math.floor(this.#settings.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');

  /** A canary that is due waits for no share, but once for each copy: its outcome moves the time of the next. */
  #turned(asked: Asked, held: Held<LevelState>): Asked {
    const { currentLevel, nextCanaryAtMs = 0 } = held.row;
    const isDue =
      currentLevel === 2 && asked.safe && nextCanaryAtMs <= this.#settings.clock.nowMs();
    return isDue && !this.#trying.take(held) ? { ...asked, safe: false } : asked;
  }

  #judged({ held }: Ticket, { outcome, durationMs }: Shown): Shown['outcome'] | 'slow' {
    const slowAfterMs = held?.row.slowAfterMs ?? this.#words.slowAfterMs;
    return outcome === 'success' && slowAfterMs > 0 && durationMs > slowAfterMs ? 'slow' : outcome;
  }

  #publish(ticket: Ticket, outcome: Shown['outcome'] | 'slow', durationMs: number): void {
    const { telemetry, scope } = this.#settings;
    const { plan, level, held } = ticket;
    const served = { failOpen: held === null, bypass: plan.bypass, shielding: false };
    const servedLevel = LEVEL_OF[plan.face];
    const as = servedAs({ ...served, readLevel: level, servedLevel });
    publishServed(telemetry, scope, as, { outcome, durationMs: Math.round(durationMs) });
  }

  async #record(
    { plan, readAtMs }: Ticket,
    seen: LevelState,
    result: Outcome['result'],
    durationMs: number | null,
  ): Promise<void> {
    const { signals, clock, random, policyOf, scope } = this.#settings;
    if (signals === 'alarms') return;
    const { currentLevel: readLevel, epoch } = seen;
    const servedLevel = plan.canary ? 1 : readLevel;
    const outcome = { readLevel, epoch, servedLevel, result, durationMs } as const;
    const atMs = clock.nowMs();
    const observed: Observed = { outcome, seen, readAtMs, atMs, random: random() };
    const policy = policyOf(seen.policy);
    if (readLevel === 3 || policy.judge === 'counts') {
      await this.#told(() => recordOutcome(this.#protocol, scope, observed));
      return;
    }
    this.#batch = addToBatch(this.#batch, observed, policy);
    await this.#flusher.flush(atMs, () => this.#flush(atMs));
  }

  /** Sent once: of an unknown result some evidence is lost, and none is counted twice. */
  async #flush(atMs: number): Promise<Flushed> {
    const batch = this.#batch;
    this.#batch = null;
    if (batch === null) return 'sent';
    const { policyOf, scope } = this.#settings;
    const write = observeBatch(batch, policyOf(batch.seen.policy), atMs);
    if (write === null) return 'sent';
    const flushed = await this.#told(() =>
      recordCounts(this.#protocol, scope, write, { atMs, completeMs: atMs - LAG_MS }),
    );
    // What was refused has surely counted nothing.
    if (flushed === 'throttled') this.#batch = mergeBatches(batch, this.#batch);
    return flushed;
  }

  async #told(record: () => Promise<Recorded>): Promise<Flushed> {
    const { telemetry, scope, clock } = this.#settings;
    try {
      const recorded = await record();
      if (recorded.kind === 'stale') telemetry.count('StaleOutcome', scope);
      if (recorded.kind !== 'counted') return 'sent';
      for (const change of recorded.changes) reportChange(telemetry, scope, change, {});
      if (recorded.unfinished !== undefined) this.#failed(recorded.unfinished);
      this.#copy.put(recorded.state, clock.nowMs());
    } catch (error) {
      this.#failed(error);
      if (error instanceof StoreThrottledError) return 'throttled';
    }
    return 'sent';
  }

  #failed(error: unknown): void {
    const { telemetry, scope } = this.#settings;
    telemetry.error('evidence not told', { scope, error });
    telemetry.count('MutatorFailed', scope);
  }

  /** One try for each copy: of two environments that saw the same time one wins. */
  async #claim(held: Held<LevelState>, atMs: number): Promise<boolean> {
    if (!this.#probing.take(held)) return false;
    const { store, scope, clock } = this.#settings;
    const stateKey = stateKeyOf(scope);
    const intervalMs = held.row.probeIntervalMs ?? this.#words.probeIntervalMs;
    try {
      const item = await store.write(stateKey, claimProbe(held.row, intervalMs, atMs));
      if (item === null) return false;
      this.#copy.put(stateOf(stateKey, item), clock.nowMs());
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  async #tried(probe: Probe): Promise<Shown['outcome']> {
    try {
      const result = await this.#probeTime.execute(async ({ signal }) => probe({ signal }));
      return result === 'none' || result === 'error' ? result : 'success';
    } catch {
      return 'error';
    }
  }
}

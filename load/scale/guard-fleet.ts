/** A fleet of environments with the guard, event by event: each reads and tells the row once a second at most. */
import { INTERVAL_MS } from '../../lib/guard/options.ts';
import { shareOf } from '../../lib/level/draw.ts';
import { observeBatch, type Batch } from '../../lib/level/observe-batch.ts';
import { production, type Policy } from '../../lib/level/policy.ts';
import { isWatching } from '../../lib/level/rate.ts';
import { slotAt } from '../../lib/level/window.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { Flusher, type Flushed } from '../../lib/shared/flusher.ts';
import { REFRESH_JITTER } from '../../lib/shared/row-copy.ts';
import { chanceOf, type Chance } from '../../lib/simulation/random.ts';
import { Moves } from '../../lib/simulation/moves.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { StoreThrottledError } from '../../lib/store/errors.ts';
import { stateKeyOf, type Item, type LevelStore } from '../../lib/store/level-store.ts';
import { recordCounts, type Protocol } from '../../lib/store/record-outcome.ts';
import { parseRow } from '../../lib/store/row.ts';
import TinyQueue from 'tinyqueue';
import { Bucket, LIMITS, READS_PER_SECOND } from './limits.ts';
import { OUTAGE, SAFE, type ScaleRun } from './outcome.ts';

const SCOPE = 'default';
const KEY = stateKeyOf(SCOPE);
const START_MS = Date.UTC(2026, 0, 1);
/** As in the guard: how long ago counts are complete, and when a copy is too old. */
const LAG_MS = 2 * INTERVAL_MS;
const OLD_MS = 3 * INTERVAL_MS;
const POLICY: Policy = { ...production, settleMs: INTERVAL_MS * (1 + REFRESH_JITTER) };
const OK_MS = 30;

interface Environment {
  copy: LevelState | null;
  copiedMs: number;
  atMs: number;
  servedToMs: number;
  readonly flusher: Flusher;
  batch: Batch | null;
}

/** What a fleet is. */
export interface FleetGiven {
  readonly form: string;
  readonly perSecond: number;
  readonly environments: number;
  readonly seed?: number;
  /** What the row takes; READS_PER_SECOND by default. */
  readonly readsPerSecond?: number;
}

/** Plays the outage. */
export async function playGuards(given: FleetGiven): Promise<ScaleRun> {
  const fleet = new GuardFleet(given);
  await fleet.play();
  return fleet.run();
}

class GuardFleet {
  readonly #given: FleetGiven;
  readonly #chance: Chance;
  readonly #reads: Bucket;
  readonly #writes = new Bucket(LIMITS.writeUnits);
  readonly #moves = new Moves();
  readonly #queue: TinyQueue<Environment>;
  readonly #failed: number[] = [];
  readonly #changes: { atMs: number; to: number }[] = [];
  readonly #learnt: number[][] = [];
  readonly #protocol: Protocol;
  #row: Item = { PK: KEY };
  #state: LevelState = INITIAL_STATE;
  #nowMs = 0;
  #requests = 0;
  #unread = 0;

  constructor(given: FleetGiven) {
    this.#given = given;
    this.#chance = chanceOf(given.seed ?? 1);
    this.#reads = new Bucket(given.readsPerSecond ?? READS_PER_SECOND);
    const environments = Array.from({ length: given.environments }, (): Environment => {
      const atMs = this.#chance.unit() * INTERVAL_MS;
      const rest = {
        copy: null,
        copiedMs: -Infinity,
        flusher: new Flusher(INTERVAL_MS),
        batch: null,
      };
      return { ...rest, atMs, servedToMs: atMs };
    });
    this.#queue = new TinyQueue(environments, (a, b) => a.atMs - b.atMs);
    const store: LevelStore = {
      read: async () => this.#row,
      write: async (key, write) => {
        if (key !== KEY) return applyWrite({}, write);
        this.#moves.sent(write);
        if (!this.#writes.take(this.#nowMs)) throw new StoreThrottledError({ cause: null });
        const after = applyWrite(this.#row, write);
        if (after !== null) {
          this.#moves.done(write);
          this.#store(after);
        }
        return after;
      },
    };
    this.#protocol = { store, policyOf: () => POLICY };
  }

  async play(): Promise<void> {
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      if (next.atMs >= OUTAGE.totalMs) continue;
      this.#nowMs = next.atMs;
      this.#serve(next);
      this.#read(next);
      if (next.batch !== null) await next.flusher.flush(this.#nowMs, () => this.#flush(next));
      next.atMs += this.#spread();
      this.#queue.push(next);
    }
  }

  run(): ScaleRun {
    const { form, perSecond } = this.#given;
    const worst = (share: number) => Math.max(...this.#learnt.map((each) => quantile(each, share)));
    return {
      form,
      perSecond,
      requests: this.#requests,
      failed: this.#failed.reduce((sum, count) => sum + count, 0),
      unread: this.#unread,
      readsThrottled: this.#reads.refused,
      writesThrottled: this.#writes.refused,
      writes: this.#writes.taken,
      reads: this.#reads.taken,
      stale: { p50: worst(0.5), p99: worst(0.99) },
      changes: this.#changes,
      moves: { decided: this.#moves.decided, lost: this.#moves.lost },
      failedPerSecond: this.#failed,
    };
  }

  #spread(): number {
    return INTERVAL_MS * (1 + REFRESH_JITTER * this.#chance.unit());
  }

  #store(after: Item): void {
    const before = this.#state;
    this.#row = after;
    this.#state = parseRow(after).state;
    if (this.#state.currentLevel === before.currentLevel) return;
    this.#changes.push({ atMs: this.#nowMs, to: this.#state.currentLevel });
    this.#learnt.push([]);
  }

  /** What came since it woke last went by the copy that it had. */
  #serve(one: Environment): void {
    const { perSecond, environments } = this.#given;
    const fromMs = one.servedToMs;
    one.servedToMs = this.#nowMs;
    const mean = ((perSecond / environments) * (this.#nowMs - fromMs)) / 1_000;
    const requests = this.#chance.poisson(mean);
    if (requests === 0) return;
    this.#requests += requests;
    const isKnown = one.copy !== null && this.#nowMs - one.copiedMs <= OLD_MS;
    if (!isKnown) this.#unread += requests;
    const midMs = (fromMs + this.#nowMs) / 2;
    const isOut = midMs >= OUTAGE.fromMs && midMs < OUTAGE.toMs;
    const toFull = isKnown && one.copy !== null ? this.#toFull(one.copy, requests) : requests;
    const errors = isOut ? toFull : 0;
    const second = Math.floor(midMs / 1_000);
    // The guard of a Lambda serves safe ones again, by the degraded face.
    this.#failed[second] = (this.#failed[second] ?? 0) + errors * (1 - SAFE);
    if (isKnown && one.copy !== null)
      this.#count(one, one.copy, { errors, successes: toFull - errors, rest: requests - toFull });
  }

  #toFull({ currentLevel, quietUntilMs = 0, rampBelow }: LevelState, requests: number): number {
    if (currentLevel === 1) return requests;
    if (currentLevel === 3 || quietUntilMs > START_MS + this.#nowMs) return 0;
    return this.#chance.binomial(requests, shareOf(rampBelow ?? '0'));
  }

  #count(
    one: Environment,
    copy: LevelState,
    { errors, successes, rest }: { errors: number; successes: number; rest: number },
  ): void {
    const atMs = Math.floor(START_MS + this.#nowMs);
    const isWatched = isWatching(copy, atMs);
    const isCanary = copy.currentLevel === 2;
    const own = isCanary ? { errors: 0, successes: rest } : { errors, successes };
    const isWorth = isWatched || (!isCanary && errors > 0) || (isCanary && errors + successes > 0);
    if (!isWorth) return;
    const same = one.batch?.epoch === copy.epoch && one.batch.stepSinceMs === copy.stepSinceMs;
    const before = same ? one.batch : null;
    const slots = new Map(before?.slots);
    if (isWatched) slots.set(slotAt(POLICY, atMs), { ...own, isFailing: own.errors > 0 });
    const add = (was: Batch['faces'] | undefined, now: { errors: number; successes: number }) => ({
      errors: (was?.errors ?? 0) + now.errors,
      successes: (was?.successes ?? 0) + now.successes,
      isFailing: now.errors > 0,
    });
    one.batch = {
      level: copy.currentLevel,
      epoch: copy.epoch,
      stepSinceMs: copy.stepSinceMs,
      seen: copy,
      readAtMs: atMs,
      startsWatch: !isWatched && !isCanary && errors > 0,
      renewsWatch: isWatched && own.errors > 0,
      slots,
      faces: isWatched ? add(before?.faces, own) : add(undefined, { errors: 0, successes: 0 }),
      canaries: isCanary
        ? add(before?.canaries, { errors, successes })
        : add(undefined, { errors: 0, successes: 0 }),
      okMs: OK_MS,
      firstOkMs: copy.okMs === undefined ? OK_MS : undefined,
      weight: 1,
    };
  }

  #read(one: Environment): void {
    if (!this.#reads.take(this.#nowMs)) return;
    const before = one.copy?.epoch ?? 0;
    one.copy = this.#state;
    one.copiedMs = this.#nowMs;
    if (this.#state.epoch > before) this.#learn(before);
  }

  #learn(before: number): void {
    for (let change = before; change < this.#state.epoch; change += 1) {
      const { atMs } = this.#changes[change] ?? { atMs: this.#nowMs };
      this.#learnt[change]?.push(this.#nowMs - atMs);
    }
  }

  async #flush(one: Environment): Promise<Flushed> {
    const { batch } = one;
    const atMs = Math.floor(START_MS + this.#nowMs);
    const write = batch && observeBatch(batch, POLICY, atMs);
    one.batch = null;
    if (write === null) return 'sent';
    try {
      await recordCounts(this.#protocol, SCOPE, write, { atMs, completeMs: atMs - LAG_MS });
      return 'sent';
    } catch {
      one.batch = batch;
      return 'throttled';
    }
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

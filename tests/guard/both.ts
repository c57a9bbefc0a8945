/** Guards and a workflow on one row in virtual time: stale reads, throttles, writes whose answer is lost, recycled environments, by a seed; the ledger judges. */
import TinyQueue from 'tinyqueue';
import { Guard } from '../../lib/guard/guard.ts';
import { claimProbe } from '../../lib/level/claim.ts';
import { directivesOf } from '../../lib/level/directives.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { production, type Policy } from '../../lib/level/policy.ts';
import { isWatching } from '../../lib/level/rate.ts';
import { isRecorded, planOf } from '../../lib/level/route.ts';
import { weightOf } from '../../lib/level/share.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { chanceOf } from '../../lib/simulation/random.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { StoreThrottledError, StoreUnavailableError } from '../../lib/store/errors.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { recordOutcome } from '../../lib/store/record-outcome.ts';
import { stateOf } from '../../lib/store/row.ts';
import { isEvidence, Kept } from './kept.ts';
import { Ledger, type Happened } from './ledger.ts';
import { START_MS } from './given.ts';

const KEY = 'SYSTEM_STATE';
/** What guards beside a workflow want, and times that many changes fit into. */
const TIMES = {
  settleMs: 1_200,
  dwellMs: 4_000,
  rampStepMs: 3_000,
  rampStepRequests: 5,
  canaryIntervalMs: 2_000,
  probeIntervalMs: 2_000,
  maxProbeIntervalMs: 6_000,
};
const POLICY: Policy = { ...production, ...TIMES };
/** A guard's flush interval, in milliseconds. */
const FLUSH_MS = 1_000;
const CALL_MS = 40;
const TURNS = 24;

/** What may go wrong. */
export interface Both {
  readonly seed: number;
  readonly guards: number;
  readonly throttled?: number;
  readonly lost?: number;
  readonly unanswered?: number;
  /** The share of a guard's requests after which its environment is recycled. */
  readonly recycled?: number;
  /** How often a face fails at a time. */
  fails(face: 'full' | 'degraded', elapsedMs: number): number;
  /** Another table than the right one. */
  readonly apply?: typeof applyWrite;
}

/** One environment while it lives. */
interface Environment {
  readonly guard: Guard;
  readonly kept: Kept;
}

/** Plays it. */
export class BothWorld {
  readonly ledger = new Ledger(POLICY);
  nowMs = START_MS;
  readonly #world: Both;
  readonly #chance;
  readonly #queue = new TinyQueue<{ readonly atMs: number; readonly act: () => void }>(
    [],
    (a, b) => a.atMs - b.atMs,
  );
  readonly #versions: { readonly atMs: number; readonly item: Item | undefined }[] = [];
  #item: Item | undefined;

  constructor(world: Both) {
    this.#world = world;
    this.#chance = chanceOf(world.seed);
    for (let index = 0; index < world.guards; index += 1)
      this.#arriveAt({ life: this.#environment() });
    this.#arriveAtWorkflow();
  }

  async play(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (let next = this.#queue.peek(); next !== undefined && next.atMs <= endMs;) {
      this.#queue.pop();
      this.nowMs = next.atMs;
      next.act();
      for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
      const { broken } = this.ledger;
      if (broken !== null)
        throw new Error(`seed ${this.#world.seed} at ${this.#elapsedMs} ms: ${broken}`);
      next = this.#queue.peek();
    }
    this.nowMs = endMs;
  }

  get #elapsedMs(): number {
    return this.nowMs - START_MS;
  }

  #later(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push({ atMs: this.nowMs + ms, act: resolve });
    });
  }

  #environment(): Environment {
    const kept = new Kept();
    const nowMs = () => Math.floor(this.nowMs);
    const guard = new Guard({
      store: this.#storeOf(
        'guard',
        (write) => kept.take(write),
        (told) => kept.putBack(told),
      ),
      overrides: TIMES,
      clock: { nowMs, monotonicMs: nowMs },
      random: () => this.#chance.unit(),
      within: async (work, ms) => {
        await Promise.race([work.catch(() => {}), this.#later(ms)]);
      },
    });
    return { guard, kept };
  }

  #arriveAt(slot: { life: Environment }): void {
    void this.#later(this.#chance.exponential(250)).then(() => {
      this.#arriveAt(slot);
      return this.#guarded(slot);
    });
  }

  async #guarded(slot: { life: Environment }): Promise<void> {
    const environment = slot.life;
    const { guard } = environment;
    const ticket = await guard.begin({ safe: true, bypass: false });
    const { plan, held, readAtMs } = ticket;
    const happened = (kind: Happened['kind'], isError: boolean, seen: LevelState): Happened => ({
      kind,
      isError,
      level: seen.currentLevel,
      epoch: seen.epoch,
      stepSinceMs: seen.stepSinceMs,
      atMs: Math.floor(this.nowMs),
      isSure: weightOf(seen, readAtMs) === 1,
    });
    if (plan.face === 'maintenance') {
      await guard.probe(ticket, async () => {
        await this.#later(CALL_MS);
        const isError = this.#fails('degraded');
        if (held !== null) environment.kept.add(happened('probe', isError, held.row));
        if (isError) throw new Error('down');
      });
      return;
    }
    await this.#later(2 * CALL_MS * this.#chance.unit());
    const isError = this.#fails(plan.face);
    // Its environment is gone: what it has not told nobody will.
    if (slot.life !== environment) return;
    if (held !== null) {
      const isWatched = isWatching(held.row, readAtMs);
      const kind = plan.canary ? 'canary' : isWatched ? 'face' : 'watch';
      if (kind !== 'watch' || isError) environment.kept.add(happened(kind, isError, held.row));
    }
    void guard.end(ticket, { outcome: isError ? 'error' : 'success', durationMs: CALL_MS });
    this.ledger.look(Math.floor(this.nowMs));
    if (this.#chance.unit() < (this.#world.recycled ?? 0)) {
      const { spanMs } = environment.kept;
      if (spanMs > FLUSH_MS + 2 * CALL_MS) {
        this.ledger.broken ??= `violated: a lost environment loses one interval's counts, here ${spanMs} ms`;
      }
      slot.life = this.#environment();
    }
  }

  #arriveAtWorkflow(): void {
    void this.#later(this.#chance.exponential(200)).then(() => {
      this.#arriveAtWorkflow();
      return this.#worked();
    });
  }

  async #worked(): Promise<void> {
    const asOfMs = this.nowMs - 20 * this.#chance.unit();
    const seen = stateOf(KEY, this.#versions.findLast(({ atMs }) => atMs <= asOfMs)?.item);
    const readAtMs = Math.floor(this.nowMs);
    const words = directivesOf(POLICY);
    const { draw } = this.#chance;
    const plan = planOf(seen, words, { safe: true, bypass: false }, readAtMs, draw);
    const isAtThree = plan.face === 'maintenance';
    if (isAtThree) {
      if (plan.probe !== 'claim') return;
      const claim = claimProbe(seen, seen.probeIntervalMs ?? POLICY.probeIntervalMs, readAtMs);
      if (
        (await this.#storeOf('claim', () => [])
          .write(KEY, claim)
          .catch(() => null)) === null
      )
        return;
    }
    await this.#later(2 * CALL_MS * this.#chance.unit());
    const isError = this.#fails(
      isAtThree ? 'degraded' : plan.face === 'full' ? 'full' : 'degraded',
    );
    const result = isError ? 'error' : 'success';
    if (!isRecorded(seen, words, plan, result, readAtMs, draw)) return;
    const isWatched = isWatching(seen, readAtMs);
    const { currentLevel: readLevel, epoch, stepSinceMs } = seen;
    const atMs = Math.floor(this.nowMs);
    const kind = isAtThree ? 'probe' : plan.canary ? 'canary' : isWatched ? 'face' : 'watch';
    const told: Happened = {
      kind,
      isError,
      level: readLevel,
      epoch,
      stepSinceMs,
      atMs,
      isSure: true,
    };
    const outcome = {
      readLevel,
      epoch,
      servedLevel: plan.canary ? 1 : readLevel,
      result,
      durationMs: CALL_MS,
    } as const;
    const store = this.#storeOf('workflow', () => [told]);
    const protocol = { store, policyOf: () => POLICY };
    const observed = { outcome, seen, readAtMs, atMs, random: this.#chance.unit() };
    await recordOutcome(protocol, 'default', observed).catch(() => null);
    this.ledger.look(Math.floor(this.nowMs));
  }

  #fails(face: 'full' | 'degraded' | 'maintenance'): boolean {
    if (face === 'maintenance') return false;
    return this.#chance.unit() < this.#world.fails(face, this.#elapsedMs);
  }

  #storeOf(
    who: string,
    take: (write: ConditionalWrite) => readonly Happened[],
    putBack: (told: readonly Happened[]) => void = () => {},
  ): LevelStore {
    const { throttled = 0, lost = 0, unanswered = 0 } = this.#world;
    const away = async (operation: 'read' | 'write'): Promise<never> => {
      await this.#later(1_500);
      throw new StoreUnavailableError(operation, { cause: null });
    };
    return {
      read: async () => {
        const asOfMs = this.nowMs - 20 * this.#chance.unit();
        const seen = this.#versions.findLast(({ atMs }) => atMs <= asOfMs);
        if (this.#chance.unit() < lost) return away('read');
        await this.#later(5);
        return structuredClone(seen?.item);
      },
      write: async (stateKey, write) => {
        // The history is another item.
        if (stateKey !== KEY) return null;
        const told = isEvidence(write) ? take(write) : [];
        if (this.#chance.unit() < lost) return away('write');
        await this.#later(2 + 6 * this.#chance.unit());
        if (this.#chance.unit() < throttled) {
          putBack(told);
          throw new StoreThrottledError({ cause: null });
        }
        const after = this.#apply(who, write, told);
        if (this.#chance.unit() < unanswered) return away('write');
        return structuredClone(after);
      },
    };
  }

  #apply(who: string, write: ConditionalWrite, told: readonly Happened[]): Item | null {
    const before = stateOf(KEY, this.#item);
    const after = (this.#world.apply ?? applyWrite)(this.#item ?? { PK: KEY }, write);
    if (after === null) return null;
    this.#item = after;
    this.#versions.push({ atMs: this.nowMs, item: after });
    if (this.#versions.length > 400) this.#versions.splice(0, 200);
    const state = stateOf(KEY, after);
    if (state.epoch !== before.epoch) this.ledger.moved(before, state, Math.floor(this.nowMs));
    else if (isEvidence(write)) this.ledger.applied(who, told, write, state, this.nowMs);
    else if (state.stepSinceMs !== before.stepSinceMs) this.ledger.stepped();
    return after;
  }
}

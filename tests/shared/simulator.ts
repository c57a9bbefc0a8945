/** A fleet in virtual time: stale reads, throttles, writes whose answer is lost, freezes, recycled environments, skewed clocks, by a seed. */
import TinyQueue from 'tinyqueue';
import { chanceOf, type Chance } from '../../lib/simulation/random.ts';
import { applyRowWrite } from '../../lib/simulation/breaker-table.ts';
import { breakerKeyOf } from '../../lib/shared/breaker-row.ts';
import { FleetBreaker } from '../../lib/shared/fleet-breaker.ts';
import type { FleetEvent, Pass } from '../../lib/shared/fleet-parts.ts';
import { FLEET_DEFAULTS, type FleetRules } from '../../lib/shared/fleet-rules.ts';
import type { BreakerStore, RowItem, RowWrite } from '../../lib/shared/row-write.ts';
import { StoreThrottledError, StoreUnavailableError } from '../../lib/store/errors.ts';
import { Judge } from './judge.ts';

/** What may go wrong, and how much; all of it 0 by default. */
export interface Troubles {
  /** How old a read may be, in milliseconds. */
  readonly staleMs?: number;
  /** Shares of operations: refused, lost before, applied and not answered. */
  readonly throttled?: number;
  readonly lost?: number;
  readonly unanswered?: number;
  /** How far clocks may be off, in milliseconds. */
  readonly skewMs?: number;
  /** The share of calls after which an environment is recycled, and of calls that a freeze makes very late. */
  readonly recycled?: number;
  readonly frozen?: number;
}

/** A fleet and its dependency. */
export interface World extends Troubles {
  readonly seed: number;
  readonly environments: number;
  /** Calls a second of each environment. */
  readonly perSecond: number;
  readonly rules?: Partial<FleetRules>;
  readonly refreshMs?: number;
  readonly flushMs?: number;
  /** The chance that a call fails. */
  fails(environment: number, elapsedMs: number): number;
  /** Whether the table answers. */
  storeIsUp?(elapsedMs: number): boolean;
  /** How long a call takes, in milliseconds. */
  readonly callMs?: number;
  /** Another table than the right one. */
  readonly apply?: typeof applyRowWrite;
}

interface Event {
  readonly atMs: number;
  readonly act: () => void;
}

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 0);
const KEY = breakerKeyOf('payments', 'charge');
/** Turns of the microtask queue that everything needs that waits for an event. */
const TURNS = 16;

/** One environment. */
interface Environment {
  breaker: FleetBreaker;
  readonly index: number;
  readonly skewMs: number;
}

/** What was seen of a run. */
export interface Tally {
  calls: number;
  passed: number;
  probes: number;
  reads: number;
  writes: number;
  /** The most probes in flight of one lease. */
  mostProbes: number;
  readonly openedAtMs: number[];
  readonly closedAtMs: number[];
}

/** Plays it. */
export class Simulator {
  readonly tally: Tally = {
    calls: 0,
    passed: 0,
    probes: 0,
    reads: 0,
    writes: 0,
    mostProbes: 0,
    openedAtMs: [],
    closedAtMs: [],
  };
  readonly judge: Judge;
  item: RowItem | undefined;
  nowMs = START_MS;
  readonly readsOf: number[];
  readonly #world: World;
  readonly #rules: FleetRules;
  readonly #chance: Chance;
  readonly #queue = new TinyQueue<Event>([], (a, b) => a.atMs - b.atMs);
  readonly #versions: { readonly atMs: number; readonly item: RowItem | undefined }[] = [];
  readonly #fleet: Environment[];
  readonly #inFlight = new Map<number, number>();

  constructor(world: World) {
    this.#world = world;
    this.#rules = { ...FLEET_DEFAULTS, ...world.rules };
    this.#chance = chanceOf(world.seed);
    this.judge = new Judge(this.#rules, world.skewMs ?? 0);
    this.readsOf = Array.from({ length: world.environments }, () => 0);
    this.#fleet = this.readsOf.map((_, index) => this.#environment(index));
    for (const environment of this.#fleet) this.#arrive(environment);
  }

  get elapsedMs(): number {
    return this.nowMs - START_MS;
  }

  /** Plays so many milliseconds more, or so many calls. */
  async play({ ms = Infinity, calls = Infinity }: { ms?: number; calls?: number }): Promise<void> {
    const [endMs, endCalls] = [this.nowMs + ms, this.tally.calls + calls];
    while (this.tally.calls < endCalls) {
      const next = this.#queue.peek();
      if (next === undefined || next.atMs > endMs) break;
      this.#queue.pop();
      this.nowMs = next.atMs;
      next.act();
      for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
      if (this.judge.broken !== null)
        throw new Error(`seed ${this.#world.seed}: ${this.judge.broken}`);
    }
    if (ms < Infinity) this.nowMs = endMs;
  }

  /** Writes by hand, as an operator does. */
  write(write: RowWrite): RowItem | null {
    return this.#apply(write);
  }

  #after(delayMs: number, act: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, act });
  }

  #later(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#after(delayMs, resolve);
    });
  }

  #environment(index: number): Environment {
    const { skewMs = 0 } = this.#world;
    const skew = Math.round((2 * this.#chance.unit() - 1) * skewMs);
    return { index, skewMs: skew, breaker: this.#breaker(index, skew) };
  }

  #breaker(index: number, skewMs: number): FleetBreaker {
    const { refreshMs = 5_000, flushMs = 5_000 } = this.#world;
    return new FleetBreaker({
      store: this.#storeOf(index),
      key: KEY,
      deployed: this.#rules,
      refreshMs,
      flushMs,
      openForMs: () => this.#rules.resetTimeout,
      nowMs: () => Math.floor(this.nowMs) + skewMs,
      random: () => this.#chance.unit(),
      within: async (work, ms) => {
        await Promise.race([work.catch(() => {}), this.#later(ms)]);
      },
      told: (event) => this.#told(event),
      changed() {},
    });
  }

  #told(event: FleetEvent): void {
    if (event === 'RowIgnored') this.judge.broken = 'the row could not be understood';
  }

  #storeOf(index: number): BreakerStore {
    const { staleMs = 0, throttled = 0, lost = 0, unanswered = 0 } = this.#world;
    const answerMs = (): number => 2 + 8 * this.#chance.unit();
    const away = async (): Promise<never> => {
      await this.#later(1_500);
      throw new StoreUnavailableError('write', { cause: null });
    };
    const isUp = (): boolean => this.#world.storeIsUp?.(this.elapsedMs) ?? true;
    return {
      read: async () => {
        this.tally.reads += 1;
        this.readsOf[index] = (this.readsOf[index] ?? 0) + 1;
        if (!isUp() || this.#chance.unit() < lost) return away();
        const asOfMs = this.nowMs - staleMs * this.#chance.unit();
        const seen = this.#versions.findLast(({ atMs }) => atMs <= asOfMs);
        await this.#later(answerMs());
        return seen?.item;
      },
      write: async (_key, write) => {
        this.tally.writes += 1;
        if (!isUp() || this.#chance.unit() < lost) return away();
        await this.#later(answerMs() / 2);
        if (this.#chance.unit() < throttled) throw new StoreThrottledError({ cause: null });
        const after = this.#apply(write);
        if (this.#chance.unit() < unanswered) return away();
        await this.#later(answerMs() / 2);
        return after;
      },
    };
  }

  #apply(write: RowWrite): RowItem | null {
    const after = (this.#world.apply ?? applyRowWrite)(this.item, write);
    this.judge.applied(this.item, write, after, this.nowMs);
    if (after === null) return null;
    const [from, to] = [this.item?.['state'] ?? 'CLOSED', after['state'] ?? 'CLOSED'];
    if (from !== 'OPEN' && to === 'OPEN') this.tally.openedAtMs.push(this.elapsedMs);
    if (from !== 'CLOSED' && to === 'CLOSED') this.tally.closedAtMs.push(this.elapsedMs);
    this.item = after;
    this.#versions.push({ atMs: this.nowMs, item: after });
    if (this.#versions.length > 400) this.#versions.splice(0, 200);
    return after;
  }

  #arrive(environment: Environment): void {
    this.#after(this.#chance.exponential(1_000 / this.#world.perSecond), () => {
      this.#arrive(environment);
      void this.#call(environment).catch((error: unknown) => {
        this.judge.broken = `a caller was told of the fleet's trouble: ${String(error)}`;
      });
    });
  }

  async #call(environment: Environment): Promise<void> {
    const { frozen = 0, recycled = 0, callMs = 30 } = this.#world;
    const { breaker, index } = environment;
    this.tally.calls += 1;
    const begunMs = this.nowMs;
    const reading = breaker.refresh();
    if (reading !== null) await reading;
    const admission = await breaker.admit();
    if (this.nowMs - begunMs > 101)
      this.judge.broken = 'a caller waited for more than 50 and 50 ms';
    if (admission.kind === 'refuse') return;
    const { pass } = admission;
    this.tally.passed += 1;
    this.#began(pass);
    const isFrozen = this.#chance.unit() < frozen;
    await this.#later(isFrozen ? 120_000 * this.#chance.unit() : callMs * 2 * this.#chance.unit());
    const isFailure = this.#chance.unit() < this.#world.fails(index, this.elapsedMs);
    const isDropped = this.#chance.unit() < 0.01;
    this.#over(pass);
    this.judge.ended(pass, isFailure && !isDropped);
    void breaker.ended(pass, isDropped ? undefined : !isFailure);
    if (this.#chance.unit() < recycled)
      environment.breaker = this.#breaker(index, environment.skewMs);
  }

  #began({ epoch, isProbe }: Pass): void {
    if (!isProbe || epoch === null) return;
    this.tally.probes += 1;
    const count = (this.#inFlight.get(epoch) ?? 0) + 1;
    this.#inFlight.set(epoch, count);
    this.tally.mostProbes = Math.max(this.tally.mostProbes, count);
    if (count > this.#rules.permitted) {
      this.judge.broken = `${count} probes in flight of one lease, ${this.#rules.permitted} are permitted`;
    }
  }

  #over({ epoch, isProbe }: Pass): void {
    if (isProbe && epoch !== null) {
      this.#inFlight.set(epoch, (this.#inFlight.get(epoch) ?? 0) - 1);
    }
  }
}

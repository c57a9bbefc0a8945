/** Brings the requests: those that nothing follows from in bulk, as long as each would meet the same. */
import type { LevelState } from '../level/state.ts';
import type { Fleet, FleetParts } from './fleet.ts';
import { Tally } from './tally.ts';
import { nextTurn, signatureOf, waysOf, type Way } from './ways.ts';
import { nextChange } from './world.ts';

const SECOND_MS = 1_000;

/** Fewer requests in a second are brought one by one sooner than in bulk. */
const FEW = 20;

/** What the requests of a moment may come to, as long as nothing changes. */
interface Ways {
  readonly eventful: readonly Way[];
  readonly others: readonly Way[];
  /** The chance of all eventful ones together. */
  readonly chance: number;
}

/** Told of each request that comes by itself. */
export type OnRequest = (way: Way, elapsedMs: number) => void;

/** The requests of a world. */
export class Traffic {
  readonly tally = new Tally();
  readonly #parts: FleetParts;
  readonly #fleet: Fleet;
  readonly #isBulk: boolean;
  readonly #onRequest: OnRequest | undefined;
  #known: { readonly of: string; readonly ways: Ways } | null = null;

  /** @param isBulk false brings every request one by one. */
  constructor(parts: FleetParts, fleet: Fleet, isBulk: boolean, onRequest?: OnRequest) {
    this.#parts = parts;
    this.#fleet = fleet;
    this.#isBulk = isBulk;
    this.#onRequest = onRequest;
  }

  /** Brings what comes until a time (epoch milliseconds), or until something follows from one. */
  advance(untilMs: number): void {
    const { time, table, delays } = this.#parts;
    const { elapsedMs, startMs } = time;
    const atMs = Math.floor(time.nowMs);
    const visible = table.visible(delays.staleMs);
    const limitMs = Math.min(
      untilMs,
      startMs + this.#nextChange(elapsedMs),
      ...visible.map((state) => nextTurn(state, atMs)),
    );
    const perSecond = this.#perSecond(elapsedMs);
    const perMs = perSecond / SECOND_MS;
    const isSettled = visible.length === 1 || areAlike(visible, atMs);
    if (perMs <= 0) time.nowMs = limitMs;
    else if (!isSettled) this.#bringOne(perMs, Math.min(limitMs, time.nowMs + delays.staleMs));
    else if (!this.#isBulk || perSecond < FEW) this.#bringOne(perMs, limitMs);
    // What a second has is counted by it.
    else this.#bringMany(perMs, Math.min(limitMs, nextSecond(elapsedMs) + startMs));
  }

  /** With what clients send again: failures of the second before, each with a chance. */
  #perSecond(elapsedMs: number): number {
    const { perSecond, retryShare = 0 } = this.#parts.world;
    const before = this.tally.perSecond[Math.floor(elapsedMs / SECOND_MS) - 1];
    return perSecond.at(elapsedMs) + retryShare * (before?.failed ?? 0);
  }

  #nextChange(elapsedMs: number): number {
    const { world } = this.#parts;
    const changes = nextChange(world, elapsedMs);
    return world.retryShare === undefined ? changes : Math.min(changes, nextSecond(elapsedMs));
  }

  #bringMany(perMs: number, limitMs: number): void {
    const { time, chance, table } = this.#parts;
    const ways = this.#ways(table.state);
    const eventfulPerMs = perMs * ways.chance;
    const waitMs = eventfulPerMs > 0 ? chance.exponential(1 / eventfulPerMs) : Infinity;
    const spentMs = Math.min(waitMs, limitMs - time.nowMs);
    const isEventful = waitMs <= spentMs;
    this.#tallyMany(ways, chance.poisson(perMs * (1 - ways.chance) * spentMs));
    time.nowMs += spentMs;
    if (isEventful) this.#follow(pick(ways.eventful, chance.unit() * ways.chance));
  }

  /** A request may see one of several rows: each is asked by itself. */
  #bringOne(perMs: number, limitMs: number): void {
    const { time, chance } = this.#parts;
    const waitMs = chance.exponential(1 / perMs);
    if (time.nowMs + waitMs > limitMs) {
      time.nowMs = limitMs;
      return;
    }
    time.nowMs += waitMs;
    const seen = this.#read();
    const { eventful, others } = this.#ways(seen);
    const way = pick([...eventful, ...others], chance.unit());
    this.#onRequest?.(way, time.elapsedMs);
    if (way.isEventful) this.#follow(way, seen);
    else this.tally.add(way, 1, time.elapsedMs);
  }

  #follow(way: Way, seen: LevelState = this.#read()): void {
    const { time } = this.#parts;
    this.tally.add(way, 1, time.elapsedMs);
    this.#fleet.follow(way, seen, Math.floor(time.nowMs));
  }

  #read(): LevelState {
    const { table, chance, delays } = this.#parts;
    return table.readAgo(chance.unit() * delays.staleMs);
  }

  #tallyMany({ others, chance: eventful }: Ways, count: number): void {
    const { chance, time } = this.#parts;
    let [left, share] = [count, 1 - eventful];
    for (const way of others) {
      const ofWay = chance.binomial(left, Math.min(1, way.chance / share));
      this.tally.add(way, ofWay, time.elapsedMs);
      left -= ofWay;
      share -= way.chance;
    }
  }

  #ways(state: LevelState): Ways {
    const { policy, world, time } = this.#parts;
    const atMs = Math.floor(time.nowMs);
    const { elapsedMs } = time;
    const perSecond = this.#perSecond(elapsedMs);
    const of = `${signatureOf(state, atMs)} ${nextChange(world, elapsedMs)} ${perSecond}`;
    if (this.#known?.of === of) return this.#known.ways;
    const { deployed } = this.#fleet;
    const all = waysOf({ state, deployed, policy, world, perSecond, atMs, elapsedMs });
    const eventful = all.filter(({ isEventful }) => isEventful);
    const others = all.filter(({ isEventful }) => !isEventful);
    const ways = { eventful, others, chance: eventful.reduce((sum, way) => sum + way.chance, 0) };
    this.#known = { of, ways };
    return ways;
  }
}

function nextSecond(elapsedMs: number): number {
  return (Math.floor(elapsedMs / SECOND_MS) + 1) * SECOND_MS;
}

function areAlike(states: readonly LevelState[], atMs: number): boolean {
  const [first, ...others] = states.map((state) => signatureOf(state, atMs));
  return others.every((signature) => signature === first);
}

/** The way that a number below all their chances falls on. */
function pick(ways: readonly Way[], number: number): Way {
  let left = number;
  for (const way of ways) {
    left -= way.chance;
    if (left < 0) return way;
  }
  const last = ways.at(-1);
  if (last === undefined) throw new Error('expected at least one way, got none');
  return last;
}

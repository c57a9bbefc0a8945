/** Brings the requests: those that nothing follows from in bulk, as long as each would meet the same. */
import { INITIAL_STATE, type LevelState } from '../level/state.ts';
import type { Fleet, FleetParts } from './fleet.ts';
import { Tally } from './tally.ts';
import type { Versions } from './versions.ts';
import { nextTurn, signatureOf, waysOf, type Way } from './ways.ts';
import { nextChange } from './world.ts';

const SECOND_MS = 1_000;

/** Fewer requests in a second are brought one by one sooner than in bulk. */
const FEW = 20;

/** Ways that are remembered: of the few rows that are visible at the same time. */
const KNOWN = 32;

/** Items that are read alike: the row, or its replicas. */
interface Group {
  readonly items: readonly Versions[];
  /** Of the requests, 0 to 1. */
  readonly share: number;
  readonly isOfReplica: boolean;
}

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
  readonly #known = new Map<string, Ways>();
  readonly #groups: readonly [row: Group] | readonly [row: Group, replicas: Group];

  /** @param isBulk false brings every request one by one. */
  constructor(parts: FleetParts, fleet: Fleet, isBulk: boolean, onRequest?: OnRequest) {
    this.#parts = parts;
    this.#fleet = fleet;
    this.#isBulk = isBulk;
    const { row, replicas } = parts.table;
    const share = 1 / (1 + replicas.length);
    const ofRow = { items: [row], share, isOfReplica: false };
    const others = { items: replicas, share: 1 - share, isOfReplica: true };
    this.#groups = replicas.length === 0 ? [ofRow] : [ofRow, others];
    this.#onRequest = onRequest;
  }

  /** Brings what comes until a time (epoch milliseconds), or until something follows from one. */
  advance(untilMs: number): void {
    const { time, delays } = this.#parts;
    const { elapsedMs, startMs } = time;
    const atMs = Math.floor(time.nowMs);
    const groups = this.#groups.map(({ items }) =>
      items.flatMap((item) => item.visible(delays.staleMs)),
    );
    const limitMs = Math.min(
      untilMs,
      startMs + this.#nextChange(elapsedMs),
      ...groups.flat().map((state) => nextTurn(state, atMs)),
    );
    const perSecond = this.#perSecond(elapsedMs);
    const perMs = perSecond / SECOND_MS;
    const isSettled = groups.every((visible) => areAlike(visible, atMs));
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
    const { time, chance } = this.#parts;
    const ways = this.#waysOfAll();
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
    const group = this.#groups.length === 1 ? this.#groups[0] : this.#groupOf(chance.unit());
    const seen = this.#read(group);
    const { eventful, others } = this.#ways(seen, group);
    const way = pick([...eventful, ...others], chance.unit());
    this.#onRequest?.(way, time.elapsedMs);
    if (way.isEventful) this.#follow(way, seen);
    else this.tally.add(way, 1, time.elapsedMs);
  }

  #follow(way: Way, seen?: LevelState): void {
    const { time } = this.#parts;
    this.tally.add(way, 1, time.elapsedMs);
    const group = this.#groups.find(({ isOfReplica }) => isOfReplica === way.isOfReplica);
    const read = seen ?? this.#read(group ?? this.#groupOf(0));
    this.#fleet.follow(way, read, Math.floor(time.nowMs));
  }

  /** The row alone, or with its replicas: a request reads each of them as often. */
  #groupOf(unit: number): Group {
    const [row, replicas] = this.#groups;
    return replicas === undefined || unit < row.share ? row : replicas;
  }

  #read({ items }: Group): LevelState {
    const { table, chance, delays } = this.#parts;
    const item = items.length > 1 ? items[Math.floor(chance.unit() * items.length)] : items[0];
    return (item ?? table.row).readAgo(chance.unit() * delays.staleMs);
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

  /** While all that is visible of each is alike. */
  #waysOfAll(): Ways {
    const [row, replicas] = this.#groups;
    const ofRow = this.#ways(row.items[0]?.state ?? INITIAL_STATE, row);
    if (replicas === undefined) return ofRow;
    const ofReplicas = this.#ways(replicas.items[0]?.state ?? INITIAL_STATE, replicas);
    return {
      eventful: [...scaled(ofRow.eventful, row), ...scaled(ofReplicas.eventful, replicas)],
      others: [...scaled(ofRow.others, row), ...scaled(ofReplicas.others, replicas)],
      chance: ofRow.chance * row.share + ofReplicas.chance * replicas.share,
    };
  }

  #ways(state: LevelState, { isOfReplica }: Group): Ways {
    const { policy, world, time } = this.#parts;
    const atMs = Math.floor(time.nowMs);
    const { elapsedMs } = time;
    const perSecond = this.#perSecond(elapsedMs);
    const of = `${signatureOf(state, atMs)} ${nextChange(world, elapsedMs)} ${perSecond} ${isOfReplica}`;
    const known = this.#known.get(of);
    if (known !== undefined) return known;
    const { deployed } = this.#fleet;
    const moment = { state, deployed, policy, world, perSecond, atMs, elapsedMs };
    const all = waysOf(moment).map((way) => ({ ...way, isOfReplica }));
    const eventful = all.filter(({ isEventful }) => isEventful);
    const others = all.filter(({ isEventful }) => !isEventful);
    const ways = { eventful, others, chance: eventful.reduce((sum, way) => sum + way.chance, 0) };
    if (this.#known.size >= KNOWN) this.#known.clear();
    this.#known.set(of, ways);
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

/** Ways of some of the requests, as ways of all. */
function scaled(ways: readonly Way[], { share }: Group): readonly Way[] {
  return ways.map((way) => ({ ...way, chance: way.chance * share }));
}

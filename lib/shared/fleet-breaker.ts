/** The fleet's part of a breaker in one environment: who may pass by the copy of its row, and what the row is told. */
import { StoreThrottledError } from '../store/errors.ts';
import { parseBreakerRow, type BreakerRow } from './breaker-row.ts';
import { isHeld, isSuspicious, opens, phaseOf, ripeAt, type Phase } from './breaker-verdict.ts';
import * as writes from './breaker-writes.ts';
import { rulesOrNull, type FleetRules } from './fleet-rules.ts';
import type { Admission, FleetParts, Pass } from './fleet-parts.ts';
import { Flusher, type Flushed } from './flusher.ts';
import { OwnEvidence } from './own-evidence.ts';
import { REFRESH_JITTER, RowCopy, type Held } from './row-copy.ts';
import type { RowWrite } from './row-write.ts';
import { Turn } from './turn.ts';

/** A permit that this environment has won, and holds until a call comes. */
interface Permit {
  readonly epoch: number;
  readonly leaseUntilMs: number;
}

/** How long a call waits for an election, in milliseconds. */
const ELECTION_MS = 50;
const UNKNOWN: Pass = { epoch: null, isProbe: false };

/** Made once for each breaker and environment. */
export class FleetBreaker {
  readonly #parts: FleetParts;
  readonly #copy: RowCopy<BreakerRow>;
  readonly #flusher: Flusher;
  readonly #turn = new Turn<BreakerRow>();
  readonly #evidence = new OwnEvidence();
  /** 0 to 63: environments are told apart well enough, in little room. */
  readonly #hash: number;
  readonly #settleMs: number;
  readonly #spreadMs: number;
  #seen: BreakerRow | null = null;
  #rules: FleetRules;
  #permit: Permit | null = null;
  #isStanding = false;
  #isTripping = false;
  #telling: Promise<void> = Promise.resolve();

  constructor(parts: FleetParts) {
    const { store, key, refreshMs, random, within, told } = parts;
    this.#parts = parts;
    this.#rules = parts.deployed;
    this.#hash = Math.floor(random() * 64);
    this.#flusher = new Flusher(parts.flushMs);
    this.#settleMs = refreshMs * (1 + REFRESH_JITTER);
    this.#spreadMs = refreshMs * REFRESH_JITTER;
    this.#copy = new RowCopy({
      read: async () => parseBreakerRow(await store.read(key)),
      epochOf: ({ epoch }) => epoch,
      refreshMs,
      firstWaitMs: ELECTION_MS,
      random,
      within,
      failed: (error) => told(isAway(error) ? 'StoreFailed' : 'RowIgnored', error),
    });
  }

  /** The rules in force, and the copy of the row; null before the first read. */
  get view(): { readonly rules: FleetRules; readonly held: Held<BreakerRow> | null } {
    return { rules: this.#rules, held: this.#copy.held };
  }

  /** Begins a read where one is due. @returns What is worth waiting for; null: nothing. */
  refresh(): Promise<void> | null {
    return this.#copy.refresh(this.#parts.nowMs());
  }

  /** Whether a call may pass; a promise only where it stands for election. */
  admit(): Admission | Promise<Admission> {
    const news = this.#look();
    if (news !== null) void this.#keep(this.#judge(news, undefined));
    const atMs = this.#parts.nowMs();
    const { held } = this.#copy;
    if (held === null) return { kind: 'pass', pass: UNKNOWN };
    const phase = phaseOf(held.row, this.#rules, atMs);
    const { epoch } = held.row;
    switch (phase.kind) {
      case 'pass':
        return phase.share >= 1 || this.#parts.random() < phase.share
          ? { kind: 'pass', pass: { epoch, isProbe: false } }
          : { kind: 'refuse', by: 'ramp', leftMs: Number.NaN };
      case 'refuse':
        return phase;
      case 'try':
        return this.#try(held, phase, atMs);
    }
  }

  /**
   * Counts how a call that passed has ended.
   *
   * @param succeeded undefined where it was filtered, aborted or refused elsewhere, which shows nothing.
   * @returns What settles when the row was told; null: there is nothing to tell it. It never rejects.
   */
  ended(
    { epoch, isProbe }: Pass,
    succeeded: boolean | undefined,
    error?: unknown,
  ): Promise<void> | null {
    if (epoch === null) return null;
    if (isProbe) return this.#keep(this.#probed(epoch, succeeded, error));
    const atMs = this.#parts.nowMs();
    const row = this.#copy.held?.row;
    if (row?.epoch !== epoch || row.state !== 'CLOSED' || isHeld(row, atMs)) return null;
    if (succeeded !== undefined) this.#evidence.add(this.#rules, !succeeded, atMs);
    // Also where the environment has stopped itself: what it has seen until then, the others do not know.
    if (!this.#evidence.hasNews(isSuspicious(row, this.#rules, atMs))) return null;
    const flushing = this.#flusher.flush(atMs, () => this.#flush(row, error));
    return flushing && this.#keep(flushing);
  }

  /** Resolves when everything that is being told now has been told. */
  settled(): Promise<void> {
    return this.#telling;
  }

  #keep(work: Promise<void>): Promise<void> {
    // Without what they resolve to, or each would keep the ones before it.
    this.#telling = Promise.all([this.#telling, work]).then(() => undefined);
    return work;
  }

  /**
   * Follows the copy: a new epoch ends what was counted in the old one.
   *
   * @returns The row where it is another than before; null: it is the same.
   */
  #look(): BreakerRow | null {
    const { held } = this.#copy;
    if (held === null || held.row === this.#seen) return null;
    const { row } = held;
    const before = this.#seen;
    this.#seen = row;
    this.#rules = this.#rulesOf(row, before);
    const atMs = this.#parts.nowMs();
    if (row.epoch !== before?.epoch) {
      this.#evidence.forget();
      if (before !== null || row.state !== 'CLOSED') this.#parts.changed(before, row);
    }
    if (isSuspicious(row, this.#rules, atMs)) {
      // Evidence is judged on a row as it is once everybody could tell of their own; not by all at once.
      const ripeMs = ripeAt(row, this.#rules, this.#settleMs, atMs);
      if (ripeMs > atMs) this.#copy.readAt(ripeMs + this.#parts.random() * this.#spreadMs);
    }
    return row;
  }

  #rulesOf(row: BreakerRow, before: BreakerRow | null): FleetRules {
    const { deployed, told } = this.#parts;
    if (row.options === undefined) return deployed;
    if (row.epoch === before?.epoch) return this.#rules;
    const rules = rulesOrNull(deployed, row.options);
    if (rules === null) told('RowIgnored');
    return rules ?? deployed;
  }

  #put(row: BreakerRow): void {
    this.#copy.put(row, this.#parts.nowMs());
    this.#look();
  }

  #openForMs(row: BreakerRow, error: unknown): number {
    const isOwn = this.#rules.resetTimeout !== this.#parts.deployed.resetTimeout;
    return isOwn ? this.#rules.resetTimeout : this.#parts.openForMs(row.openings + 1, error);
  }

  /** @returns The row after the write; null where it was refused, or nobody knows. */
  async #write(write: RowWrite): Promise<BreakerRow | null> {
    const { store, key, told } = this.#parts;
    try {
      const item = await store.write(key, write);
      if (item === null) return null;
      const row = parseBreakerRow(item);
      this.#put(row);
      return row;
    } catch (error) {
      told('StoreFailed', error);
      if (error instanceof StoreThrottledError) throw error;
      return null;
    }
  }

  async #attempt(write: RowWrite): Promise<BreakerRow | null> {
    try {
      return await this.#write(write);
    } catch {
      return null;
    }
  }

  async #flush(row: BreakerRow, error: unknown): Promise<Flushed> {
    const counts = this.#evidence.take();
    const atMs = this.#parts.nowMs();
    try {
      const after = await this.#write(writes.tell(row, counts, this.#hash, this.#rules, atMs));
      if (after !== null) await this.#judge(after, error);
      return 'sent';
    } catch {
      // Only what was throttled comes here, and that was surely not counted.
      if (this.#copy.held?.row.epoch === row.epoch) this.#evidence.putBack(counts);
      return 'throttled';
    }
  }

  async #judge(row: BreakerRow, error: unknown): Promise<void> {
    const atMs = this.#parts.nowMs();
    // One that is on its way already is enough: a call costs two writes at most.
    if (this.#isTripping || !opens(row, this.#rules, this.#settleMs, atMs)) return;
    this.#isTripping = true;
    await this.#open(row, error).finally(() => (this.#isTripping = false));
  }

  async #open(row: BreakerRow, error: unknown): Promise<void> {
    const openForMs = this.#openForMs(row, error);
    const write = writes.open(row, this.#rules, openForMs, this.#parts.nowMs());
    if ((await this.#attempt(write)) !== null) this.#parts.told('Opened');
  }

  #try(
    held: Held<BreakerRow>,
    phase: Phase & { readonly kind: 'try' },
    atMs: number,
  ): Admission | Promise<Admission> {
    const kept = this.#takeKept(atMs);
    if (kept !== null) return kept;
    // Nobody can be elected: the local breaker decides.
    if (this.#copy.current(atMs) === null) {
      this.#parts.told('StoreFailed');
      return { kind: 'pass', pass: UNKNOWN };
    }
    if (this.#isStanding || !this.#turn.take(held))
      return { kind: 'refuse', by: 'half-open', leftMs: Number.NaN };
    return this.#stand(held.row, phase.how);
  }

  async #stand(
    row: BreakerRow,
    how: (Phase & { readonly kind: 'try' })['how'],
  ): Promise<Admission> {
    this.#isStanding = true;
    const election = this.#keep(this.#elect(row, how).finally(() => (this.#isStanding = false)));
    await this.#parts.within(election, ELECTION_MS);
    const kept = this.#takeKept(this.#parts.nowMs());
    return kept ?? { kind: 'refuse', by: 'half-open', leftMs: Number.NaN };
  }

  /** A permit that came too late for its call is the next one's. */
  #takeKept(atMs: number): Admission | null {
    const permit = this.#permit;
    this.#permit = null;
    if (permit === null || permit.leaseUntilMs <= atMs) return null;
    if (this.#copy.held?.row.epoch !== permit.epoch) return null;
    return { kind: 'pass', pass: { epoch: permit.epoch, isProbe: true } };
  }

  async #elect(row: BreakerRow, how: (Phase & { readonly kind: 'try' })['how']): Promise<void> {
    const atMs = this.#parts.nowMs();
    const rules = this.#rules;
    const write = {
      claim: () => writes.claim(row, rules, atMs),
      permit: () => writes.takePermit(row, rules, atMs),
      'take-over': () => writes.takeOver(row, rules, atMs),
    }[how]();
    let won = await this.#attempt(write);
    if (won === null && how === 'claim' && rules.permitted > 1) {
      // Who won has begun the next epoch.
      won = await this.#attempt(writes.takePermit({ epoch: row.epoch + 1 }, rules, atMs));
    }
    if (won !== null) this.#permit = { epoch: won.epoch, leaseUntilMs: won.leaseUntilMs };
  }

  async #probed(epoch: number, succeeded: boolean | undefined, error: unknown): Promise<void> {
    if (succeeded !== false) {
      const row = await this.#attempt(writes.giveBack(epoch, succeeded === true));
      if (row !== null && row.ok >= this.#rules.successesToClose) await this.#close(row);
      return;
    }
    const row = this.#copy.held?.row;
    // Its result is about another time.
    if (row?.epoch !== epoch || row.state !== 'HALF_OPEN') return;
    await this.#open(row, error);
  }

  async #close(row: BreakerRow): Promise<void> {
    const write = writes.close(row, this.#rules, this.#parts.nowMs());
    if ((await this.#attempt(write)) !== null) this.#parts.told('Closed');
  }
}

/** An error of the table, and not of what it holds. */
const isAway = (error: unknown): boolean =>
  !(error instanceof Error && error.name === 'BreakerRowError');

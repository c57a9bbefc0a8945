/** The one oracle of a row that guards and workflow move together under a rate: a ledger of what really happened, and of what was told of it. */
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Policy } from '../../lib/level/policy.ts';
import type { LevelState } from '../../lib/level/state.ts';

/** One outcome as it happened. */
export interface Happened {
  readonly kind: 'face' | 'canary' | 'probe' | 'watch';
  readonly isError: boolean;
  readonly level: number;
  readonly epoch: number;
  readonly stepSinceMs: number | undefined;
  readonly atMs: number;
  /** It is counted for sure; else it was drawn by a share. */
  readonly isSure: boolean;
}

interface Count {
  errors: number;
  requests: number;
}

const SLOTS = 10;
/** How long what the ledger calls for may stay undone while evidence keeps coming, in milliseconds. */
const MOST_DUE_MS = 6_000;

/** Keeps its own counts, by its own rules; what it does not agree with first is `broken`. */
export class Ledger {
  broken: string | null = null;
  /** Changes of level, as `from -> to: reason`. */
  readonly path: string[] = [];
  /** Evidence that was applied, by who told it. */
  readonly told = new Map<string, number>();
  readonly #policy: Policy;
  readonly #slotMs: number;
  #level = 1;
  #epoch = 0;
  #slots = new Map<number, Count>();
  #run = 0;
  #canaries = { ok: 0, errors: 0 };
  #probes = 0;
  #dueSinceMs: number | null = null;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.#slotMs = policy.windowMs / SLOTS;
  }

  /** Evidence was applied: it must say what happened, once. */
  applied(
    who: string,
    all: readonly Happened[],
    write: ConditionalWrite,
    after: LevelState,
    atMs: number,
  ): void {
    this.told.set(who, (this.told.get(who) ?? 0) + 1);
    this.#demand('evidence counts in the epoch that it is of', after.epoch === this.#epoch);
    const isOwn = all.every(({ level, epoch }) => level === this.#level && epoch === this.#epoch);
    this.#demand('nobody tells of another epoch', isOwn);
    this.#faces(all, write, this.#slotOf(atMs) - SLOTS + 1);
    this.#canary(all, write, after);
    for (const { kind, isError } of all) {
      if (kind === 'probe') this.#probes = isError ? 0 : this.#probes + 1;
    }
    for (const { number, errors, successes } of after.slots) {
      const own = this.#slots.get(number) ?? { errors: 0, requests: 0 };
      const isSame = own.errors === errors && own.requests === errors + successes;
      this.#demand(`slot ${number} of the row is what was told`, isSame);
    }
  }

  /** A new epoch began: the ledger must call for it. */
  moved(before: LevelState, after: LevelState, atMs: number): void {
    const reason = after.changedBy ?? after.transitionReason ?? '';
    this.path.push(`${before.currentLevel} -> ${after.currentLevel}: ${reason}`);
    this.#demand('an epoch is followed by the next', after.epoch === this.#epoch + 1);
    if (after.currentLevel > before.currentLevel) {
      const by =
        reason === 'error-rate' ? this.#isRate(atMs) : this.#run >= this.#policy.consecutiveErrors;
      this.#demand(`a fall by ${reason} rests on what was told`, by);
    } else if (before.currentLevel === 3) {
      this.#demand('probes lead to level 2', this.#probes >= this.#policy.probesToDegraded);
    } else {
      const { ok, errors } = this.#canaries;
      this.#demand('the full face leads to level 1', ok >= 3 && errors <= (ok + errors) / 8);
    }
    this.#level = after.currentLevel;
    this.#epoch = after.epoch;
    this.#slots = new Map();
    this.#run = 0;
    this.#probes = 0;
    this.#dueSinceMs = null;
    this.stepped();
  }

  /** The ramp went a step on, or back. */
  stepped(): void {
    this.#canaries = { ok: 0, errors: 0 };
  }

  /** Looks whether something has been due for too long; to be called while evidence keeps coming. */
  look(atMs: number): void {
    if (!this.#isDue(atMs)) this.#dueSinceMs = null;
    else this.#dueSinceMs ??= atMs;
    const dueMs = atMs - (this.#dueSinceMs ?? atMs);
    this.#demand('what was told for long enough moves the level', dueMs <= MOST_DUE_MS);
  }

  #faces(
    all: readonly Happened[],
    { add = {}, set, remove = [] }: ConditionalWrite,
    oldest: number,
  ): void {
    const faces = all.filter(({ kind }) => kind === 'face');
    const numbers = new Set(faces.map(({ atMs }) => this.#slotOf(atMs)));
    const counted = Object.entries(add).filter(([name]) => /^[EO][0-9a-z]+$/.test(name));
    for (const [name, count] of counted) {
      const slot = Number.parseInt(name.slice(1), 36);
      numbers.add(slot);
      const own = this.#slots.get(slot) ?? { errors: 0, requests: 0 };
      this.#slots.set(slot, own);
      own.requests += count;
      if (name.startsWith('E')) own.errors += count;
    }
    for (const slot of numbers) {
      const mine = faces.filter(({ atMs }) => this.#slotOf(atMs) === slot);
      for (const [letter, isError] of [
        ['E', true],
        ['O', false],
      ] as const) {
        const told = add[letter + slot.toString(36)] ?? 0;
        const happened = mine.filter((each) => each.isError === isError);
        // What was kept back for longer than the window is judged by nobody.
        const sure = slot <= oldest ? 0 : happened.filter(({ isSure }) => isSure).length;
        this.#demand(
          `of ${happened.length} (${sure} for sure) ${letter} of slot ${slot} ${told} are told`,
          told >= sure && told <= happened.length,
        );
      }
    }
    if (remove.includes('run')) this.#run = 0;
    else if (typeof set['run'] === 'number') this.#run = set['run'];
    else if (add['run'] !== undefined) this.#run += add['run'];
    else if (all.some(({ kind }) => kind === 'watch')) this.#run = Math.max(1, this.#run);
  }

  #canary(all: readonly Happened[], { add = {} }: ConditionalWrite, after: LevelState): void {
    const canaries = all.filter(({ kind }) => kind === 'canary');
    const errors = canaries.filter(({ isError }) => isError).length;
    const sure = canaries.every(({ isSure }) => isSure);
    const told = { errors: add['canaryErrors'] ?? 0, ok: add['canaryOk'] ?? 0 };
    const isWhole = told.errors === errors && told.ok === canaries.length - errors;
    const isPart = told.errors <= errors && told.ok <= canaries.length - errors;
    this.#demand('canaries are told once', sure ? isWhole : isPart);
    this.#canaries.ok += told.ok;
    this.#canaries.errors += told.errors;
    const { canaryOk = 0, canaryErrors = 0 } = after;
    const isSame = canaryOk === this.#canaries.ok && canaryErrors === this.#canaries.errors;
    this.#demand(
      'the canaries of the row are those that were told',
      after.currentLevel !== 2 || isSame,
    );
  }

  /** Whether some last part of the window is above the threshold, now or two seconds ago. */
  #isRate(atMs: number): boolean {
    return [0, 1_000, 2_000, 3_000].some((ago) =>
      Array.from({ length: SLOTS }, (_, at) => this.#sum(atMs - ago, at + 1)).some(
        ({ errors, requests }) => errors >= 7 && errors >= this.#threshold() * requests,
      ),
    );
  }

  #isDue(atMs: number): boolean {
    if (this.#level === 3) return false;
    const { minimumRequests, minimumErrors } = this.#policy;
    const { errors, requests } = this.#sum(atMs - 2_000, SLOTS);
    return (
      requests >= minimumRequests &&
      errors >= minimumErrors &&
      errors >= this.#threshold() * requests
    );
  }

  #threshold(): number {
    const { degradePercent, maintenancePercent } = this.#policy;
    return (this.#level === 1 ? degradePercent : maintenancePercent) / 100;
  }

  #sum(atMs: number, slots: number): Count {
    const last = this.#slotOf(atMs);
    const sum = { errors: 0, requests: 0 };
    for (let slot = last; slot > last - slots; slot -= 1) {
      sum.errors += this.#slots.get(slot)?.errors ?? 0;
      sum.requests += this.#slots.get(slot)?.requests ?? 0;
    }
    return sum;
  }

  #slotOf(atMs: number): number {
    return Math.floor(atMs / this.#slotMs);
  }

  #demand(what: string, holds: boolean): void {
    if (!holds) this.broken ??= `violated: ${what}`;
  }
}

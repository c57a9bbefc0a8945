/** What the adapters of servers share: one request between its begin and its end. */
import { LEVEL_OF } from '../level/level.ts';
import { systemClock } from '../runtime/clock.ts';
import { Guard, type Probe, type Shown, type Ticket } from './guard.ts';
import { levelHeaders, outcomeOfStatus } from './http.ts';
import type { GuardOptions } from './options.ts';

/** What the adapter of a server takes besides the row and the faces. */
export interface ServerOptions<Request> extends GuardOptions {
  /** Tries the degraded face while in maintenance. */
  readonly probe: Probe;
  /** Whether an operator looks past the level; nobody by default. Its outcome is no evidence. */
  readonly bypass?: ((request: Request) => boolean) | undefined;
  /** Whether a request may be served again by another face; GET and HEAD by default. */
  readonly isSafe?: ((request: Request) => boolean) | undefined;
}

/** One request that is being served. */
export class Begun {
  readonly ticket: Ticket;
  readonly #guard: Guard;
  readonly #nowMs: () => number;
  #startedMs: number;
  #isOver = false;
  #isShielded = false;

  constructor(guard: Guard, ticket: Ticket, nowMs: () => number) {
    this.ticket = ticket;
    this.#guard = guard;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  /** The headers that say who served, and whether in another's place. */
  headers(shielded = false): Readonly<Record<string, string>> {
    const { plan, held } = this.ticket;
    const other = plan.face === 'full' ? 'degraded' : 'full';
    const level = LEVEL_OF[shielded ? other : plan.face];
    return levelHeaders({ level, failOpen: held === null, shielded });
  }

  /**
   * Counts an answer that another face may serve in the place of, and begins the other's time.
   *
   * @param status That of the answer.
   * @returns Whether the other is to serve; where it is not, nothing was counted.
   */
  beginShield(status: number): boolean {
    if (this.#isOver || !this.#isBad(status) || !this.#guard.shields(this.ticket)) return false;
    this.#count(status);
    this.#isShielded = true;
    this.#startedMs = this.#nowMs();
    return true;
  }

  /**
   * Publishes what served in the other's place.
   *
   * @param status That of its answer.
   * @returns Whether it is better than the answer that it stands for.
   */
  endShield(status: number): boolean {
    const shown = this.#shown(status);
    this.#guard.publishShield(this.ticket, shown);
    return shown.outcome !== 'error';
  }

  /**
   * Counts its end, once.
   *
   * @param status That of the answer that was sent; null: the client went away, which shows nothing.
   */
  end(status: number | null): void {
    // Of an exercise the full face has served in the place of the degraded one.
    if (this.#isShielded && this.ticket.plan.exercise && status !== null) this.endShield(status);
    if (!this.#isOver) this.#count(status);
  }

  #count(status: number | null): void {
    this.#isOver = true;
    void this.#guard.end(this.ticket, this.#shown(status));
  }

  #isBad(status: number): boolean {
    const { outcome } = this.#shown(status);
    return this.ticket.plan.exercise ? outcome !== 'success' : outcome === 'error';
  }

  #shown(status: number | null): Shown {
    const counted = this.#guard.countedStatuses(this.ticket);
    const outcome = status === null ? 'none' : outcomeOfStatus(status, counted);
    return { outcome, durationMs: this.#nowMs() - this.#startedMs };
  }
}

/** The ladder of one server: nobody waits for what is told to the row. */
export class ServerLevels<Request> {
  readonly guard: Guard;
  readonly #bypass: ServerOptions<Request>['bypass'];
  readonly #isSafe: ServerOptions<Request>['isSafe'];
  readonly #probe: Probe;
  readonly #monotonicMs: () => number;

  constructor({ probe, bypass, isSafe, ...row }: ServerOptions<Request>) {
    this.guard = new Guard(row);
    this.#probe = probe;
    this.#bypass = bypass;
    this.#isSafe = isSafe;
    const clock = row.clock ?? systemClock;
    this.#monotonicMs = () => clock.monotonicMs();
  }

  /** @param safe Whether its method is. */
  async begin(request: Request, safe: boolean): Promise<Begun> {
    const asked = {
      safe: this.#isSafe?.(request) ?? safe,
      bypass: this.#bypass?.(request) ?? false,
    };
    const ticket = await this.guard.begin(asked);
    // Of another face's request there is none to make.
    void this.guard.probe(ticket, this.#probe);
    return new Begun(this.guard, ticket, this.#monotonicMs);
  }
}

/** What the adapters of servers share: one request between its begin and its end. */
import { systemClock } from '../runtime/clock.ts';
import { Guard, type Probe, type Ticket } from './guard.ts';
import { outcomeOfStatus } from './http.ts';
import type { GuardOptions } from './options.ts';

/** What the adapter of a server takes besides the row and the faces. */
export interface ServerOptions<Request> extends GuardOptions {
  /** Tries the degraded face while in maintenance. */
  readonly probe: Probe;
  /** Whether an operator looks past the level; nobody by default. Its outcome is no evidence. */
  readonly bypass?: ((request: Request) => boolean) | undefined;
}

/** One request that is being served. */
export interface Begun {
  readonly ticket: Ticket;
  /** Counts its end by the status of its answer; null: the client went away, which shows nothing. */
  ended(status: number | null): void;
}

/** The ladder of one server: nobody waits for what is told to the row. */
export class ServerLevels<Request> {
  readonly guard: Guard;
  readonly #bypass: ServerOptions<Request>['bypass'];
  readonly #probe: Probe;
  readonly #monotonicMs: () => number;

  constructor({ probe, bypass, ...row }: ServerOptions<Request>) {
    this.guard = new Guard(row);
    this.#probe = probe;
    this.#bypass = bypass;
    const clock = row.clock ?? systemClock;
    this.#monotonicMs = () => clock.monotonicMs();
  }

  async begin(request: Request, safe: boolean): Promise<Begun> {
    const ticket = await this.guard.begin({ safe, bypass: this.#bypass?.(request) ?? false });
    const startedMs = this.#monotonicMs();
    if (ticket.plan.face === 'maintenance') void this.guard.probe(ticket, this.#probe);
    return {
      ticket,
      ended: (status) => {
        const outcome =
          status === null ? 'none' : outcomeOfStatus(status, this.guard.countedStatuses(ticket));
        void this.guard.end(ticket, { outcome, durationMs: this.#monotonicMs() - startedMs });
      },
    };
  }
}

/** The ladder as a middleware of Middy: the handler behind it is the full face. */
import type { Level } from '../level/level.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { Guard, type Shown, type Ticket } from './guard.ts';
import { levelHeaders, outcomeOfError } from './http.ts';
import { isSafeEvent, pageFor, withHeaders } from './lambda-event.ts';
import { outcomeOfResult, type LambdaFaces } from './lambda.ts';
import type { GuardOptions } from './options.ts';

/** What a middleware is given, as far as this one looks at it. */
export interface MiddyRequest<Event, Context> {
  readonly event: Event;
  readonly context: Context;
  response: unknown;
  readonly error?: unknown;
}

/** What it is. */
export interface LevelsMiddleware<Event, Context> {
  before(request: MiddyRequest<Event, Context>): Promise<unknown>;
  after(request: MiddyRequest<Event, Context>): Promise<void>;
  onError(request: MiddyRequest<Event, Context>): Promise<unknown>;
}

interface Begun {
  readonly ticket: Ticket;
  readonly startedMs: number;
}

/**
 * Makes the middleware; it is used before those that change the answer.
 *
 * @throws ConfigError naming the option that does not validate.
 *
 * @example
 * export const handler = middy(full).use(middyLevels({ table: 'ServiceResiliencyTable-prod', degraded, probe }));
 */
export function middyLevels<Event, Context, Result>(
  options: GuardOptions & LambdaFaces<Event, Context, Result>,
): LevelsMiddleware<Event, Context> {
  const levels = new MiddyLevels(options);
  return {
    before: (request) => levels.before(request),
    after: (request) => levels.after(request),
    onError: (request) => levels.onError(request),
  };
}

class MiddyLevels<Event, Context, Result> {
  readonly #faces: LambdaFaces<Event, Context, Result>;
  readonly #guard: Guard;
  readonly #clock: Clock;
  readonly #judged: ReturnType<typeof outcomeOfResult<Result>>;
  /** The requests that the full face serves now, or is to serve after an exercise. */
  readonly #begun = new WeakMap<object, Begun>();

  constructor(options: GuardOptions & LambdaFaces<Event, Context, Result>) {
    const { degraded, maintenance, probe, outcomeOf, isSafe, bypass, ...row } = options;
    this.#faces = { degraded, maintenance, probe, outcomeOf, isSafe, bypass };
    this.#guard = new Guard(row);
    this.#clock = row.clock ?? systemClock;
    this.#judged = outcomeOfResult(outcomeOf);
  }

  async before(request: MiddyRequest<Event, Context>): Promise<unknown> {
    const { event } = request;
    const { isSafe = isSafeEvent, bypass } = this.#faces;
    const ticket = await this.#guard.begin({
      safe: isSafe(event),
      bypass: bypass?.(event) ?? false,
    });
    const begun = { ticket, startedMs: this.#clock.monotonicMs() };
    if (ticket.plan.face === 'maintenance') return this.#page(request, ticket);
    if (ticket.plan.face === 'degraded') return this.#less(request, begun);
    this.#begun.set(request, begun);
    return undefined;
  }

  async after(request: MiddyRequest<Event, Context>): Promise<void> {
    const begun = this.#begun.get(request);
    if (begun === undefined) return;
    const counted = this.#guard.countedStatuses(begun.ticket);
    await this.#full(request, begun, this.#judged(request.response as Result, counted));
  }

  async onError(request: MiddyRequest<Event, Context>): Promise<unknown> {
    const begun = this.#begun.get(request);
    if (begun === undefined) return undefined;
    request.response = undefined;
    const counted = this.#guard.countedStatuses(begun.ticket);
    await this.#full(request, begun, outcomeOfError(request.error, counted));
    return request.response;
  }

  async #page(request: MiddyRequest<Event, Context>, ticket: Ticket): Promise<unknown> {
    const { event, context } = request;
    const { probe, maintenance } = this.#faces;
    const probed = this.#guard.probe(ticket, probe);
    const answer = await (maintenance === undefined
      ? pageFor(event, this.#guard.retryAfterSeconds(ticket))
      : maintenance(event, context));
    await Promise.all([probed, this.#guard.end(ticket, { outcome: 'none', durationMs: 0 })]);
    return headed(request, answer, ticket, 3);
  }

  /** @returns undefined where the full face is to serve after all: the degraded one was only exercised. */
  async #less(request: MiddyRequest<Event, Context>, { ticket, startedMs }: Begun) {
    const { event, context } = request;
    const end = (outcome: Shown['outcome']) =>
      this.#guard.end(ticket, this.#shown(outcome, startedMs));
    const counted = this.#guard.countedStatuses(ticket);
    try {
      const answer = await this.#faces.degraded(event, context);
      const outcome = this.#judged(answer, counted);
      await end(outcome);
      const isOver = outcome === 'success' || !this.#guard.shields(ticket);
      if (isOver) return headed(request, answer, ticket, 2);
    } catch (error) {
      await end(outcomeOfError(error, counted));
      if (!this.#guard.shields(ticket)) throw error;
    }
    this.#begun.set(request, { ticket, startedMs: this.#clock.monotonicMs() });
    return undefined;
  }

  async #full(
    request: MiddyRequest<Event, Context>,
    { ticket, startedMs }: Begun,
    outcome: Shown['outcome'],
  ): Promise<void> {
    this.#begun.delete(request);
    const { exercise } = ticket.plan;
    const shown = this.#shown(outcome, startedMs);
    // An exercise has been counted: the full face serves in the place of the degraded one.
    if (exercise) this.#guard.publishShield(ticket, shown);
    else await this.#guard.end(ticket, shown);
    const isShielded = !exercise && outcome === 'error' && this.#guard.shields(ticket);
    const instead = isShielded ? await this.#instead(request, ticket) : undefined;
    if (instead !== undefined) request.response = headed(request, instead, ticket, 2, true);
    else request.response = headed(request, request.response, ticket, 1, exercise);
  }

  /** @returns undefined where the degraded face has nothing better to offer. */
  async #instead({ event, context }: MiddyRequest<Event, Context>, ticket: Ticket) {
    const startedMs = this.#clock.monotonicMs();
    const shown = (outcome: Shown['outcome']) =>
      this.#guard.publishShield(ticket, this.#shown(outcome, startedMs));
    try {
      const answer = await this.#faces.degraded(event, context);
      const outcome = this.#judged(answer, this.#guard.countedStatuses(ticket));
      shown(outcome);
      return outcome === 'error' ? undefined : answer;
    } catch {
      shown('error');
      return undefined;
    }
  }

  #shown(outcome: Shown['outcome'], startedMs: number): Shown {
    return { outcome, durationMs: this.#clock.monotonicMs() - startedMs };
  }
}

function headed(
  { event }: MiddyRequest<unknown, unknown>,
  answer: unknown,
  { held }: Ticket,
  level: Level,
  shielded = false,
): unknown {
  return withHeaders(event, answer, levelHeaders({ level, failOpen: held === null, shielded }));
}

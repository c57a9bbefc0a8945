/** One call through a breaker: whether it passes, and what its end counts and answers. */
import type { Answer } from './answer.ts';
import { Context, Scope } from './context.ts';
import {
  countRefusal,
  dropped,
  ended,
  look,
  refuse,
  type Engine,
  type Lane,
  type Ticket,
} from './engine.ts';
import {
  FailedResultError,
  stackless,
  TimeoutError,
  type CircuitBreakerOpenError,
} from './errors.ts';
import { isTimed, tell } from './events.ts';
import type { Fallback } from './options.ts';
import {
  callWith,
  settled,
  watched,
  type ExecuteOptions,
  type Protected,
  type Watch,
} from './policy.ts';
import { asks } from './predicate.ts';
import { notAFunction } from './read-options.ts';
import { permit, type HalfOpen, type Open } from './state.ts';
import type { TryFailure } from './try-result.ts';

/** What one call through a breaker may be given. */
export interface CallOptions<Answered = never> extends ExecuteOptions {
  /** Answers this call in place of the breaker's own fallback; null: nothing does. */
  readonly fallback?: Fallback<Answered> | null | undefined;
}

/** Is told once how a call ended: whether it succeeded; undefined where it was filtered, aborted or refused. */
export type Told = (succeeded?: boolean, error?: unknown) => void;

/** Runs fn through a breaker. */
export function run(
  engine: Engine,
  fn: Protected<unknown>,
  options: CallOptions<unknown> | undefined,
  answer: Answer,
  told?: Told,
): Promise<unknown> {
  if (typeof fn !== 'function') return answer.failed('failed', notAFunction('fn', fn));
  const own = engine.settings.fallback;
  const free = options === undefined ? new Context() : freeContext(options);
  if (own === null && free !== null && !told) {
    const lane = (engine[answer.lane] ??= laneOf(engine, answer));
    if (lane !== null) return settled(fn, free).then(lane.ok, lane.bad);
  }
  const caller = Context.of(options);
  const source = Context.sourceOf(caller);
  // A scope that no policy around this call made is that of a signal which could not be read.
  if (source instanceof Scope && caller !== options) return answer.failed('failed', source.reason);
  try {
    return new Call(engine, caller, answer, fallbackOf(options, own), told).begin(fn);
  } catch (error) {
    return answer.failed('failed', error);
  }
}

/** Refuses a call in place of its breaker, which counts it as its own refusal. */
export function refuseWith(
  engine: Engine,
  error: CircuitBreakerOpenError,
  options: CallOptions<unknown> | undefined,
  answer: Answer,
): Promise<unknown> {
  try {
    const caller = Context.of(options);
    const { fallback: own } = engine.settings;
    const fallback = fallbackOf(options, own);
    countRefusal(engine, error);
    return new Call(engine, caller, answer, fallback).refused(error);
  } catch (thrown) {
    return answer.failed('failed', thrown);
  }
}

/** The context of a policy around this call, if nobody can abort it. */
const freeContext = (options: object): Context | null =>
  options instanceof Context && Context.sourceOf(options) === null ? options : null;

function fallbackOf(
  options: CallOptions<unknown> | undefined,
  own: Fallback<unknown> | null,
): Fallback<unknown> | null {
  const { fallback = own } = options ?? {};
  if (fallback === null || typeof fallback === 'function') return fallback;
  throw notAFunction('fallback', fallback);
}

/**
 * A lane needs nothing of the single call, so it allocates nothing for it. It carries calls without
 * options through breakers that are closed and have no timer, no duration, no fallback and no result
 * to look at.
 */
function laneOf(engine: Engine, answer: Answer): Lane | null {
  const { state, settings, totals } = engine;
  const { timeoutMs, failsOnResult } = settings;
  if (state.kind !== 'CLOSED' || isDisabled(engine)) return null;
  if (timeoutMs !== false || failsOnResult !== null || wantsTimes(engine)) return null;
  return {
    ok(value) {
      ended(engine, state, totals, Number.NaN, null);
      return answer.value(value);
    },
    bad(error) {
      if (isFailure(engine, error)) {
        ended(engine, state, totals, Number.NaN, { error, timedOut: false });
      }
      return answer.fail('failed', error);
    },
  };
}

const isFailure = ({ settings: { failsOnError } }: Engine, error: unknown): boolean =>
  failsOnError === null || asks(() => failsOnError(error), true);

const isDisabled = ({ mode }: Engine): boolean => mode === 'disabled';

const wantsTimes = ({ settings, listeners }: Engine): boolean =>
  settings.slowAfterMs !== null || isTimed(listeners);

/** A call that needs more than a lane, until its end. */
class Call implements Watch {
  readonly #engine: Engine;
  readonly #totals: Engine['totals'];
  readonly #caller: Context;
  readonly #answer: Answer;
  readonly #fallback: Fallback<unknown> | null;
  readonly #told: Told | undefined;
  /** null: the breaker stood aside when the call began, so its end counts nowhere. */
  #ticket: Ticket | null = null;
  timeoutMs: number | false = false;
  unref = false;
  #startedMs = Number.NaN;
  #timeUp: Error | null = null;

  constructor(
    engine: Engine,
    caller: Context,
    answer: Answer,
    fallback: Fallback<unknown> | null,
    told?: Told,
  ) {
    this.#engine = engine;
    this.#totals = engine.totals;
    this.#caller = caller;
    this.#answer = answer;
    this.#fallback = fallback;
    this.#told = told;
  }

  begin(fn: Protected<unknown>): Promise<unknown> {
    const engine = this.#engine;
    const source = Context.sourceOf(this.#caller);
    if (source?.aborted === true) return this.#answer.failed('aborted', source.reason);
    // A closed breaker whose calls nobody times needs the clock only at their end.
    if (engine.state.kind !== 'CLOSED' || wantsTimes(engine)) this.#startedMs = look(engine);
    const { state, settings } = engine;
    // Perhaps by a listener that was told of the look: no count then, and no time-out.
    if (isDisabled(engine)) return watched(fn, this.#caller, this);
    if (state.kind === 'OPEN') return this.#refuse(state, state.endsAtMs - this.#startedMs);
    if (state.kind === 'HALF_OPEN') {
      this.#ticket = permit(state, settings, this.#startedMs);
      if (this.#ticket === null) return this.#refuse(state, Number.NaN);
    } else {
      this.#ticket = state;
    }
    ({ timeoutMs: this.timeoutMs, unref: this.unref } = settings);
    return watched(fn, this.#caller, this);
  }

  timeUp(): Error {
    const what = `a call through ${this.#engine.settings.name}`;
    this.#timeUp = stackless(() => new TimeoutError(what, Number(this.timeoutMs)));
    return this.#timeUp;
  }

  ok(value: unknown): unknown {
    const { name, failsOnResult } = this.#engine.settings;
    if (this.#ticket === null) return this.#answer.value(value);
    if (failsOnResult === null || !asks(() => failsOnResult(value), true)) {
      ended(this.#engine, this.#ticket, this.#totals, this.#startedMs, null);
      this.#told?.(true);
      return this.#answer.value(value);
    }
    const error = stackless(() => new FailedResultError(name, value));
    ended(this.#engine, this.#ticket, this.#totals, this.#startedMs, { error, timedOut: false });
    this.#told?.(false, error);
    return this.#fallback === null ? this.#answer.value(value) : this.#fallBack('failed', error);
  }

  bad(error: unknown): unknown {
    const timedOut = error === this.#timeUp;
    if (this.#ticket !== null) {
      if (!this.#isAborted() && (timedOut || isFailure(this.#engine, error))) {
        ended(this.#engine, this.#ticket, this.#totals, this.#startedMs, { error, timedOut });
        this.#told?.(false, error);
        return this.#fallBack(timedOut ? 'timeout' : 'failed', error);
      }
      dropped(this.#engine, this.#ticket);
      this.#told?.();
    }
    return this.#answer.fail(this.#isAborted() ? 'aborted' : 'failed', error);
  }

  #refuse(state: Open | HalfOpen, leftMs: number): Promise<unknown> {
    this.#told?.();
    return this.refused(refuse(this.#engine, state, leftMs));
  }

  /** Answers a call that is refused, whoever refused it. */
  refused(error: CircuitBreakerOpenError): Promise<unknown> {
    if (this.#fallback === null) return this.#answer.failed('rejected', error);
    return this.#fallBack('rejected', error) as Promise<unknown>;
  }

  /** Asks the fallback, if there is one, in place of what failed. */
  #fallBack(reason: TryFailure['reason'], error: unknown): unknown {
    const fallback = this.#fallback;
    if (fallback === null) return this.#answer.fail(reason, error);
    this.#totals.fallbacks += 1;
    const { settings, listeners } = this.#engine;
    if (listeners !== null) tell(listeners, [['fallback', { name: settings.name, error }]]);
    // The caller's own context: the time-out may have aborted what fn was given.
    return callWith((context) => fallback(error, context), this.#caller).then(
      this.#answer.value,
      (thrown: unknown) => this.#answer.fail(this.#isAborted() ? 'aborted' : reason, thrown),
    );
  }

  #isAborted(): boolean {
    return Context.sourceOf(this.#caller)?.aborted === true;
  }
}

/** One tracked call: its timer, its caller's abort, its fallback, and who of them ends it. */
import type { Answer, Settle } from './answer.ts';
import { Context, Scope } from './context.ts';
import type { CallEnd, Engine, Ticket } from './engine.ts';
import { FailedResultError, TimeoutError } from './errors.ts';
import { answerRefusal, askFallback, isThenable, withCause } from './fallback.ts';
import { startTimer, stopTimer } from './host.ts';
import { promiseOf, type Protected } from './policy.ts';
import type { Closed } from './state.ts';
import type { TryFailure } from './try-result.ts';

/** Runs fn through a breaker when its call needs more than a lane; `caller` is what it was given. */
export function track(
  engine: Engine,
  fn: Protected<unknown>,
  caller: Context,
  answer: Answer,
): Promise<unknown> {
  if (Context.isAborted(caller)) return answer.failed('failed', Context.reason(caller));
  let [ticket, startedMs]: [Ticket | null, number] = [null, Number.NaN];
  if (!engine.isDisabled) {
    const { settings } = engine;
    const timed = settings.slowAfterMs !== null || engine.listeners?.timed === true;
    // A closed breaker whose calls nobody times needs the clock only at their end.
    if (timed || engine.state.kind !== 'CLOSED') startedMs = settings.clock();
    const admission = engine.admit(startedMs);
    if (admission.kind === 'refuse') {
      const error = engine.refuse(admission.retryAfterMs);
      if (!Context.mayAbort(caller) || settings.fallback === null) {
        return answerRefusal(engine, error, caller, answer);
      }
      return new Promise((resolve, reject) => {
        new Call(engine, caller, { resolve, reject }, answer, null, startedMs).answer(error);
      });
    }
    // A listener may have disabled it while the call asked to pass: no count then, and no time-out.
    if (admission.kind === 'probe') ticket = admission.probe;
    else if (!engine.isDisabled) ticket = engine.state as Closed;
  }
  return new Promise((resolve, reject) => {
    new Call(engine, caller, { resolve, reject }, answer, ticket, startedMs).begin(fn);
  });
}

class Call {
  readonly #engine: Engine;
  readonly #totals: Engine['totals'];
  readonly #settle: Settle;
  readonly #answer: Answer;
  /** null: the breaker is disabled, or did not let the call pass. */
  readonly #ticket: Ticket | null;
  /** NaN where nobody wants to know. */
  readonly #startedMs: number;
  readonly #caller: Context;
  readonly #scope = new Scope();
  #timer: NodeJS.Timeout | null = null;
  /** fn no longer decides how the call ends. */
  #left = false;

  constructor(
    engine: Engine,
    caller: Context,
    settle: Settle,
    answer: Answer,
    ticket: Ticket | null,
    startedMs: number,
  ) {
    this.#engine = engine;
    this.#totals = engine.totals;
    this.#caller = caller;
    this.#settle = settle;
    this.#answer = answer;
    this.#ticket = ticket;
    this.#startedMs = startedMs;
  }

  begin(fn: Protected<unknown>): void {
    const { timeoutMs } = this.#engine.settings;
    // A listener may have aborted it while the call asked to pass.
    if (Context.isAborted(this.#caller)) return this.handleEvent();
    Context.follow(this.#caller, this);
    if (this.#ticket !== null && timeoutMs !== null) {
      this.#timer = startTimer(() => this.#timeOut(timeoutMs), timeoutMs);
    }
    try {
      promiseOf(fn(new Context(this.#caller.attempt, this.#scope))).then(
        (value) => this.#returned(value),
        (error: unknown) => this.#threw(error),
      );
    } catch (error) {
      this.#threw(error);
    }
  }

  /** Answers a refusal whose caller may abort while the fallback runs. */
  answer(error: unknown): void {
    this.#left = true;
    Context.follow(this.#caller, this);
    this.#fallBack('rejected', error);
  }

  /** The caller has aborted, perhaps while the fallback runs: it waits for nothing any more. */
  handleEvent(): void {
    const running = !this.#left;
    this.#leave();
    if (running && this.#ticket !== null) {
      this.#engine.dropped(this.#ticket, this.#engine.settings.clock());
    }
    const reason = Context.reason(this.#caller);
    this.#scope.abort(reason);
    this.#fail('failed', reason);
  }

  #returned(value: unknown): void {
    if (this.#left) return;
    const engine = this.#engine;
    this.#leave();
    if (this.#ticket === null) return this.#give(value);
    if (!engine.countsResult(value)) {
      engine.succeeded(this.#end(this.#ticket));
      return this.#give(value);
    }
    engine.failed(this.#end(this.#ticket), undefined);
    if (engine.settings.fallback === null) return this.#give(value);
    this.#fallBack('failed', new FailedResultError(engine.settings.name, value));
  }

  #threw(error: unknown): void {
    if (this.#left) return;
    const engine = this.#engine;
    this.#leave();
    if (this.#ticket === null) return this.#fail('failed', error);
    if (engine.countsError(error)) {
      engine.failed(this.#end(this.#ticket), error);
      this.#fallBack('failed', error);
    } else {
      engine.dropped(this.#ticket, engine.settings.clock());
      this.#fail('failed', error);
    }
  }

  #timeOut(timeoutMs: number): void {
    if (this.#left || this.#ticket === null) return;
    const error = new TimeoutError(`a call through ${this.#engine.settings.name}`, timeoutMs);
    this.#leave();
    this.#engine.failed(this.#end(this.#ticket), error, error);
    this.#scope.abort(error);
    this.#fallBack('timeout', error);
  }

  #fallBack(reason: TryFailure['reason'], error: unknown): void {
    if (this.#engine.settings.fallback === null) return this.#fail(reason, error);
    const failed = (thrown: unknown): void => this.#fail(reason, withCause(thrown, error));
    try {
      // The caller's own context: the time-out may have aborted what fn was given.
      const returned = askFallback(this.#engine, this.#totals, error, this.#caller);
      if (!isThenable(returned)) return this.#give(returned);
      promiseOf(returned).then((value) => this.#give(value), failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  #end(ticket: Ticket): CallEnd {
    const atMs = this.#engine.settings.clock();
    const durationMs = Number.isNaN(this.#startedMs) ? null : atMs - this.#startedMs;
    return { ticket, totals: this.#totals, atMs, durationMs };
  }

  #give(value: unknown): void {
    Context.unfollow(this.#caller, this);
    this.#settle.resolve(this.#answer.value(value));
  }

  #fail(reason: TryFailure['reason'], error: unknown): void {
    Context.unfollow(this.#caller, this);
    this.#answer.fail(this.#settle, reason, error);
  }

  #leave(): void {
    this.#left = true;
    if (this.#timer !== null) stopTimer(this.#timer);
    this.#timer = null;
  }
}

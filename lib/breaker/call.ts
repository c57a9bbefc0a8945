/** One tracked call: its timer, its caller's signal, its fallback, and who of them ends it. */
import type { Answer, Settle } from './answer.ts';
import { Context } from './context.ts';
import type { CallEnd, Engine, Ticket } from './engine.ts';
import { FailedResultError, TimeoutError } from './errors.ts';
import { answerRefusal, askFallback, isThenable, withCause } from './fallback.ts';
import { startTimer, stopTimer } from './host.ts';
import type { CallContext } from './options.ts';
import type { Closed } from './state.ts';
import type { TryFailure } from './try-result.ts';

/** The function that a breaker protects. */
export type Protected = (context: CallContext) => unknown;

/** Runs fn through a breaker when its call needs more than a lane. */
export function track(
  engine: Engine,
  fn: Protected,
  signal: AbortSignal | undefined,
  answer: Answer,
): Promise<unknown> {
  if (signal?.aborted === true) return answer.failed('failed', signal.reason);
  let [ticket, startedMs]: [Ticket | null, number] = [null, Number.NaN];
  if (engine.mode !== 'disabled') {
    const { settings } = engine;
    const timed = settings.slowAfterMs !== null || engine.listeners?.timed === true;
    // A closed breaker whose calls nobody times needs the clock only at their end.
    if (timed || engine.state.kind !== 'CLOSED') startedMs = settings.clock();
    const admission = engine.admit(startedMs);
    if (admission.kind === 'refuse') {
      const error = engine.refuse(admission.retryAfterMs);
      if (signal === undefined || settings.fallback === null) {
        return answerRefusal(engine, error, answer);
      }
      return new Promise((resolve, reject) => {
        new Call(engine, { resolve, reject }, answer, null, startedMs).answer(error, signal);
      });
    }
    ticket = admission.kind === 'probe' ? admission.probe : (engine.state as Closed);
  }
  return new Promise((resolve, reject) => {
    new Call(engine, { resolve, reject }, answer, ticket, startedMs).begin(fn, signal);
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
  #context: Context | null = null;
  #timer: NodeJS.Timeout | null = null;
  #callerSignal: AbortSignal | null = null;
  #onAbort: (() => void) | null = null;
  /** fn no longer decides how the call ends. */
  #left = false;

  constructor(
    engine: Engine,
    settle: Settle,
    answer: Answer,
    ticket: Ticket | null,
    startedMs: number,
  ) {
    this.#engine = engine;
    this.#totals = engine.totals;
    this.#settle = settle;
    this.#answer = answer;
    this.#ticket = ticket;
    this.#startedMs = startedMs;
  }

  begin(fn: Protected, signal: AbortSignal | undefined): void {
    const { timeoutMs } = this.#engine.settings;
    if (signal !== undefined) {
      this.#follow(signal);
      // A listener may have aborted it while the call asked to pass.
      if (signal.aborted) return this.#callerAborted(signal.reason);
    }
    if (this.#ticket !== null && timeoutMs !== null) {
      this.#timer = startTimer(() => this.#timeOut(timeoutMs), timeoutMs);
    }
    try {
      this.#context = new Context();
      Promise.resolve(fn(this.#context)).then(
        (value) => this.#returned(value),
        (error: unknown) => this.#threw(error),
      );
    } catch (error) {
      this.#threw(error);
    }
  }

  /** Answers a refusal whose caller may abort while the fallback runs. */
  answer(error: unknown, signal: AbortSignal): void {
    this.#left = true;
    this.#follow(signal);
    this.#fallBack('rejected', error);
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
    this.#abortContext(error);
    this.#fallBack('timeout', error);
  }

  /** Also while the fallback runs: the caller waits for neither. */
  #callerAborted(reason: unknown): void {
    const running = !this.#left;
    this.#leave();
    if (running && this.#ticket !== null) {
      this.#engine.dropped(this.#ticket, this.#engine.settings.clock());
    }
    this.#abortContext(reason);
    this.#fail('failed', reason);
  }

  #fallBack(reason: TryFailure['reason'], error: unknown): void {
    if (this.#engine.settings.fallback === null) return this.#fail(reason, error);
    const failed = (thrown: unknown): void => this.#fail(reason, withCause(thrown, error));
    try {
      // A context of its own: the time-out may have aborted what fn was given.
      this.#context = new Context();
      const returned = askFallback(this.#engine, this.#totals, error, this.#context);
      if (!isThenable(returned)) return this.#give(returned);
      Promise.resolve(returned).then((value) => this.#give(value), failed);
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
    this.#unfollow();
    this.#settle.resolve(this.#answer.value(value));
  }

  #fail(reason: TryFailure['reason'], error: unknown): void {
    this.#unfollow();
    this.#answer.fail(this.#settle, reason, error);
  }

  #leave(): void {
    this.#left = true;
    if (this.#timer !== null) stopTimer(this.#timer);
    this.#timer = null;
  }

  #follow(signal: AbortSignal): void {
    this.#callerSignal = signal;
    this.#onAbort = () => this.#callerAborted(signal.reason);
    signal.addEventListener('abort', this.#onAbort);
  }

  #unfollow(): void {
    if (this.#callerSignal === null || this.#onAbort === null) return;
    this.#callerSignal.removeEventListener('abort', this.#onAbort);
    this.#callerSignal = null;
    this.#onAbort = null;
  }

  #abortContext(reason: unknown): void {
    if (this.#context !== null) Context.abort(this.#context, reason);
  }
}

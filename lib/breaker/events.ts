/** The events of a breaker, typed, and the list of those who listen. */
import { closest } from 'fastest-levenshtein';
import { BreakerOptionsError, type CircuitBreakerOpenError, type TimeoutError } from './errors.ts';
import type { CircuitState } from './state.ts';

/** Why a state changed. */
export type ChangeReason = 'failures' | 'slow' | 'elapsed' | 'probes' | 'manual' | 'restored';

/** What the end of a call tells. */
export interface CallEnded {
  /** The name of the breaker. */
  readonly name: string;
  /** Milliseconds; null where nobody listened yet when the call began. */
  readonly durationMs: number | null;
}

/** Every event, with what its listeners are told. */
export interface BreakerEvents {
  /** One per transition, after it. */
  readonly stateChange: {
    readonly name: string;
    readonly from: CircuitState;
    readonly to: CircuitState;
    readonly reason: ChangeReason;
  };
  /** A counted success. */
  readonly success: CallEnded;
  /** A counted failure, time-outs included; undefined is the error of a failed result. */
  readonly failure: CallEnded & { readonly error: unknown };
  /** A call whose time was up; its `failure` follows. */
  readonly timeout: CallEnded & { readonly error: TimeoutError };
  /** A refusal. */
  readonly reject: { readonly name: string; readonly error: CircuitBreakerOpenError };
  /** A failure or a refusal that the fallback is asked to answer. */
  readonly fallback: { readonly name: string; readonly error: unknown };
  /** A counted call that took slowCall.threshold or longer; its `success` or `failure` follows. */
  readonly slow: CallEnded;
}

export type BreakerEventName = keyof BreakerEvents;

/** What listens to one event. What it returns or throws changes nothing. */
export type BreakerListener<Name extends BreakerEventName> = (
  event: BreakerEvents[Name],
) => unknown;

const NAMES: readonly BreakerEventName[] = [
  'stateChange',
  'success',
  'failure',
  'timeout',
  'reject',
  'fallback',
  'slow',
];

/** Those whose events tell how long a call took. */
const TIMED: ReadonlySet<BreakerEventName> = new Set(['success', 'failure', 'timeout', 'slow']);

interface Entry {
  readonly name: BreakerEventName;
  readonly tell: (event: never) => unknown;
}

/** The listeners of one breaker. */
export class Listeners {
  /** Replaced and never changed, so that a listener may unsubscribe while it is being told. */
  #entries: readonly Entry[] = [];

  /** Whether somebody wants to know how long calls take. */
  timed = false;

  /**
   * @returns What ends the subscription; calling it again does nothing.
   * @throws BreakerOptionsError for a name that is no event.
   */
  add<Name extends BreakerEventName>(name: Name, listener: BreakerListener<Name>): () => void {
    if (!NAMES.includes(name)) {
      throw new BreakerOptionsError(
        `expected the name of an event, got ${name}; did you mean ${closest(name, NAMES)}?`,
      );
    }
    const entry: Entry = { name, tell: listener };
    this.#replace([...this.#entries, entry]);
    return () => this.#replace(this.#entries.filter((other) => other !== entry));
  }

  /** Tells everybody; one that throws, now or later, keeps nobody else from being told. */
  tell<Name extends BreakerEventName>(name: Name, event: BreakerEvents[Name]): void {
    for (const entry of this.#entries) {
      if (entry.name !== name) continue;
      try {
        const returned = (entry.tell as BreakerListener<Name>)(event);
        if (returned instanceof Promise) returned.catch(ignore);
      } catch {
        // A listener changes nobody's result, and the breaker has no better place to report it.
      }
    }
  }

  #replace(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.timed = entries.some(({ name }) => TIMED.has(name));
  }
}

function ignore(): void {}

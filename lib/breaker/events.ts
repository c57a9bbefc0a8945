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

/** An event that is still to be told. */
interface Posted {
  readonly name: BreakerEventName;
  readonly event: BreakerEvents[BreakerEventName];
}

/** Of one breaker. */
const MOST_LISTENERS = 100;

/** Events that are told as one, those included that listeners cause meanwhile. */
const MOST_POSTED = 100;

/**
 * The listeners of one breaker. What one of them does to the breaker is told to all after what they
 * are being told, so that everybody sees one order. Events that follow from one another so are 100 at
 * most and the rest is dropped, or two listeners that undo each other would never end.
 */
export class Listeners {
  readonly #breaker: string;
  /** Replaced and never changed, so that a listener may unsubscribe while it is being told. */
  #entries: readonly Entry[] = [];

  /** The oldest first. */
  readonly #posted: Posted[] = [];
  #delivering = false;

  /** Whether somebody wants to know how long calls take. */
  timed = false;

  /** @param breaker The name of the breaker. */
  constructor(breaker: string) {
    this.#breaker = breaker;
  }

  /**
   * @returns What ends the subscription; calling it again does nothing.
   * @throws BreakerOptionsError for a name that is no event, and for one listener too many.
   */
  add<Name extends BreakerEventName>(name: Name, listener: BreakerListener<Name>): () => void {
    if (!NAMES.includes(name)) {
      throw new BreakerOptionsError(
        `expected the name of an event, got ${name}; did you mean ${closest(name, NAMES)}?`,
      );
    }
    if (this.#entries.length >= MOST_LISTENERS) {
      throw new BreakerOptionsError(
        `expected at most ${MOST_LISTENERS} listeners on ${this.#breaker}, got one more; add them once and not per call`,
      );
    }
    const entry: Entry = { name, tell: listener };
    this.#replace([...this.#entries, entry]);
    return () => this.#replace(this.#entries.filter((other) => other !== entry));
  }

  /** Has an event told by the next deliver(). */
  post<Name extends BreakerEventName>(name: Name, event: BreakerEvents[Name]): void {
    if (this.#posted.length < MOST_POSTED) this.#posted.push({ name, event });
  }

  /** Tells everybody what was posted; if that is being done already, it goes on to these too. */
  deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (const posted of this.#posted) this.#tell(posted);
    this.#posted.length = 0;
    this.#delivering = false;
  }

  /** One that throws, now or later, keeps nobody else from being told. */
  #tell({ name, event }: Posted): void {
    for (const entry of this.#entries) {
      if (entry.name !== name) continue;
      try {
        const returned = (entry.tell as (event: Posted['event']) => unknown)(event);
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

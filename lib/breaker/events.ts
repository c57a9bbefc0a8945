/** The events of a breaker, typed, and how those who listen are told. */
import { BreakerOptionsError, type CircuitBreakerOpenError, type TimeoutError } from './errors.ts';
import { tellOne, type ListenerErrorHandler } from './listener.ts';
import { notAFunction, oneOf } from './read-options.ts';
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

/** One transition. */
export interface Change {
  readonly name: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: ChangeReason;
}

/** Every event, with what its listeners are told. */
export interface BreakerEvents {
  /** One per transition, after it. */
  readonly stateChange: Change;
  /** A counted success. */
  readonly success: CallEnded;
  /** A counted failure, time-outs included; of a failed result the error is a FailedResultError. */
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

/** The events that tell how long a call took. */
const TIMED: readonly BreakerEventName[] = ['success', 'failure', 'timeout', 'slow'];
const NAMES: readonly BreakerEventName[] = ['stateChange', ...TIMED, 'reject', 'fallback'];

interface Entry {
  readonly name: BreakerEventName;
  readonly listener: (event: never) => unknown;
  readonly onError: ListenerErrorHandler;
}

/** An event that is still to be told. */
export type Posted = {
  readonly [Name in BreakerEventName]: readonly [name: Name, event: BreakerEvents[Name]];
}[BreakerEventName];

/** Those who listen to one breaker. */
export interface Listeners {
  /** Replaced and never changed, so that a listener may unsubscribe while it is being told. */
  entries: readonly Entry[];
  /** What is being told, the oldest first; null: nothing is. */
  posted: Posted[] | null;
}

/** Of one breaker. */
const MOST_LISTENERS = 100;

/** Events that are told as one, those included that listeners cause meanwhile. */
const MOST_POSTED = 100;

/** Whether somebody wants to know how long calls take. */
export const isTimed = (listeners: Listeners | null): boolean =>
  listeners?.entries.some(({ name }) => TIMED.includes(name)) === true;

/**
 * @param breaker The name of the breaker.
 * @returns What ends the subscription; calling it again does nothing.
 * @throws BreakerOptionsError for a name that is no event, for a listener that is no function, and
 *   for one too many.
 */
export function addListener(listeners: Listeners, breaker: string, entry: Entry): () => void {
  oneOf(entry.name, 'the event', NAMES);
  const { listener } = entry;
  if (typeof listener !== 'function') {
    throw notAFunction(`the listener of ${entry.name}`, listener);
  }
  if (listeners.entries.length >= MOST_LISTENERS) {
    throw new BreakerOptionsError(
      `expected at most ${MOST_LISTENERS} listeners on ${breaker}, got one more; add them once and not per call`,
    );
  }
  listeners.entries = [...listeners.entries, entry];
  return () => removeListener(listeners, (other) => other === entry);
}

/** Ends the oldest subscription that is meant, if there is one. */
export function removeListener(listeners: Listeners, isMeant: (entry: Entry) => boolean): void {
  const found = listeners.entries.find(isMeant);
  listeners.entries = listeners.entries.filter((entry) => entry !== found);
}

/**
 * Tells everybody what happened. What a listener does to the breaker meanwhile is told to all after
 * what they are being told, so that everybody sees one order. Events that follow from one another so
 * are 100 at most and the rest is dropped, or two listeners that undo each other would never end.
 */
export function tell(listeners: Listeners, events: readonly (Posted | false | null)[]): void {
  const told = events.filter((event) => Boolean(event)) as Posted[];
  if (listeners.posted !== null) {
    listeners.posted.push(...told.slice(0, MOST_POSTED - listeners.posted.length));
    return;
  }
  listeners.posted = told;
  for (const [name, event] of told) {
    for (const entry of listeners.entries) {
      if (entry.name === name) {
        tellOne(entry.listener as (it: unknown) => unknown, event, entry.onError);
      }
    }
  }
  listeners.posted = null;
}

/** The share of errors that is ordinary for a scope: learned in writes that happen anyway, and what deviates from it. */
import type { Policy } from './policy.ts';
import type { LevelState } from './state.ts';
import { WRONG_MS } from './times.ts';
import { slotAt, slotMsOf, type Counted } from './window.ts';

/**
 * Fewer learned outcomes say nothing: of 2,000, 1 % is known to within half a percent, and the first seconds of a
 * watch, in which errors that take seconds are still missing, weigh little. With 500, 1 in 30 runs fell by those.
 */
const ENOUGH = 2_000;
/** Beyond so many learned outcomes all weigh half: at 40 counted a second, half an hour of watched time. */
const MOST = 100_000;
/** A rate is no longer ordinary from so many times the ordinary one on. */
const TIMES = 3;
/** And from so many deviations above it: judged each second for weeks, three come by chance every few minutes. */
const DEVIATIONS = 6;
/** A slot is learned once it is so many slots old: who tells in batches has told by then. */
const SETTLED_SLOTS = 3;

/** Whether a policy learns what is ordinary. */
export function learns({ judge, deviationPercent }: Policy): boolean {
  return judge === 'rate' && deviationPercent > 0;
}

/** What is ordinary for a scope. */
export interface Ordinary {
  /** The share of errors, 0 to 1. */
  readonly share: number;
  /** How many counted outcomes it was learned of. */
  readonly requests: number;
}

/** What a scope has learned; null where its policy learns nothing, or too little was seen. */
export function ordinaryOf(state: LevelState, policy: Policy): Ordinary | null {
  const { learnedErrors = 0, learnedRequests: requests = 0 } = state;
  if (!learns(policy) || requests < ENOUGH) return null;
  return { share: Math.min(1, learnedErrors / requests), requests };
}

/**
 * The share of errors that level 1 falls from by what is ordinary, 0 to 1: never below the policy's floor, and
 * null where it would not be below the fixed threshold, which holds whatever was learned.
 */
export function deviationShareOf(state: LevelState, policy: Policy): number | null {
  const ordinary = ordinaryOf(state, policy);
  if (ordinary === null) return null;
  const share = Math.max(policy.deviationPercent / 100, TIMES * ordinary.share);
  return share < policy.degradePercent / 100 ? share : null;
}

/** The share of errors that level 1 falls from, 0 to 1. */
export function fallShareOf(state: LevelState, policy: Policy): number {
  return deviationShareOf(state, policy) ?? policy.degradePercent / 100;
}

/** Whether chance would hardly make so many errors of what is ordinary, as well as that is known. */
export function isUnlikely({ errors, requests }: Counted, { share, requests: of }: Ordinary) {
  const deviation = Math.sqrt(share * (1 - share) * requests * (1 + requests / of));
  return errors >= share * requests + DEVIATIONS * deviation;
}

/**
 * What a counted write at level 1 sets beside its own count: the sums of the slots that are complete and were
 * not learned yet. Sums and how far they reach are set together, so a late writer takes both back, and the
 * next one adds the same slots again: each is in the sums once, whatever the order.
 *
 * @param readAtMs When the row was read, in epoch milliseconds: what it says of a slot is complete by then.
 */
export function learnedBy(
  seen: LevelState,
  policy: Policy,
  readAtMs: number,
): Readonly<Record<string, number>> {
  if (!learns(policy) || seen.currentLevel !== 1) return {};
  const { learnedErrors = 0, learnedRequests = 0, learnedUntilMs: until = 0 } = seen;
  // Or nothing would be learned until a clock that was far ahead is reached.
  const learnedUntilMs = until < readAtMs + WRONG_MS ? until : 0;
  const slotMs = slotMsOf(policy);
  const newest = slotAt(policy, readAtMs) - SETTLED_SLOTS;
  const slots = seen.slots.filter(
    ({ number }) => number <= newest && number * slotMs >= learnedUntilMs,
  );
  if (slots.length === 0) return {};
  let [errors, requests] = [learnedErrors, learnedRequests];
  for (const slot of slots) {
    errors += slot.errors;
    requests += slot.errors + slot.successes;
  }
  const weight = requests > MOST ? 2 : 1;
  return {
    learnedErrors: Math.round(errors / weight),
    learnedRequests: Math.round(requests / weight),
    learnedUntilMs: (Math.max(...slots.map(({ number }) => number)) + 1) * slotMs,
  };
}

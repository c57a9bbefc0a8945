/** What may go wrong in an episode, and how often: drawn once for it. */
import type { Chance } from '../../../lib/simulation/random.ts';

/** What becomes of one operation on the table. */
export type Fate =
  | 'done'
  /** Refused before anything was done. */
  | 'throttled'
  /** Never arrives; its sender waits for nothing. */
  | 'lost'
  /** Done, and its answer never arrives. */
  | 'unanswered'
  /** Arrives long after its sender gave up. */
  | 'late'
  /** Arrives twice: only what is no count of an outcome, which is sent by a way that has no repeats. */
  | 'twice';

/** Chances of each, 0 to 1. */
export interface Faults {
  readonly fates: Readonly<Record<Exclude<Fate, 'done'>, number>>;
  /** An environment is killed, or frozen, in the middle of its work. */
  readonly killed: number;
  readonly frozen: number;
  /** The state read of the workflow fails. */
  readonly unread: number;
  /** A message, a tick or an event is delivered again. */
  readonly repeated: number;
  /** An event is refused by its bus, whether it was taken or not. */
  readonly untold: number;
  /** How far the clock of an environment may be from the true time, in milliseconds. */
  readonly skewMs: number;
}

/** No fault at all. */
export const CALM: Faults = {
  fates: { throttled: 0, lost: 0, unanswered: 0, late: 0, twice: 0 },
  killed: 0,
  frozen: 0,
  unread: 0,
  repeated: 0,
  untold: 0,
  skewMs: 0,
};

const HALF = 0.5;
/** Clocks of AWS are closer; the window of a rate bears two slots of a second. */
const LARGEST_SKEW_MS = 900;

/** Each fault is absent in half of the episodes, and up to a share in the others. */
export function drawFaults(chance: Chance): Faults {
  const upTo = (most: number) => (chance.unit() < HALF ? 0 : chance.unit() * most);
  return {
    fates: {
      throttled: upTo(0.3),
      lost: upTo(0.1),
      unanswered: upTo(0.1),
      late: upTo(0.1),
      twice: upTo(0.2),
    },
    killed: upTo(0.05),
    frozen: upTo(0.05),
    unread: upTo(0.2),
    repeated: upTo(0.3),
    untold: upTo(0.3),
    skewMs: upTo(LARGEST_SKEW_MS),
  };
}

/** Draws what becomes of an operation. */
export function fateOf({ fates }: Faults, chance: Chance): Fate {
  let left = chance.unit();
  for (const [fate, share] of Object.entries(fates)) {
    left -= share;
    if (left < 0) return fate as Fate;
  }
  return 'done';
}

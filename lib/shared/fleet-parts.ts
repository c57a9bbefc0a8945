/** What the fleet's part of a breaker is made of, and the words of its decisions. */
import type { BreakerRow } from './breaker-row.ts';
import type { RefusedBy } from './breaker-verdict.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { BreakerStore } from './row-write.ts';
import type { Within } from './within.ts';

/** What happens to the fleet's part that a metric should tell. */
export type FleetEvent =
  /** The table did not answer, or refused: the local breaker decides. */
  | 'StoreFailed'
  /** The row, or what it overrides, cannot be understood. */
  | 'RowIgnored'
  /** This environment opened, reopened or closed the fleet. */
  | 'Opened'
  | 'Closed';

/** What a fleet's part is made of. */
export interface FleetParts {
  readonly store: BreakerStore;
  readonly key: string;
  /** The rules that the row may override. */
  readonly deployed: FleetRules;
  /** The least time between two reads, in milliseconds. */
  readonly refreshMs: number;
  /** The least time between two flushes of evidence, in milliseconds. */
  readonly flushMs: number;
  /** How long the fleet stays open, in milliseconds, where the row does not say. */
  readonly openForMs: (openings: number, error: unknown) => number;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly within: Within;
  readonly told: (event: FleetEvent, error?: unknown) => unknown;
  /** Told of every new epoch of the fleet that is seen. */
  readonly changed: (from: BreakerRow | null, to: BreakerRow) => void;
}

/** Whether a call may pass. */
export type Admission =
  | { readonly kind: 'pass'; readonly pass: Pass }
  | { readonly kind: 'refuse'; readonly by: RefusedBy; readonly leftMs: number };

/** What a call that passed is recognised by when it ends. */
export interface Pass {
  /** The epoch it began in; null: nobody knew, and its end is evidence of nothing. */
  readonly epoch: number | null;
  readonly isProbe: boolean;
}

/** What a run would cost in us-east-1, by the prices and assumptions of the runbook's table. */
import type { Played } from './played.ts';

const PER_MILLION = 1e-6;

/** Billed milliseconds of an invocation at 512 MB: docs/RUNBOOK.md, "What it costs". */
export const BILLED_MS = { face: 5, mutator: 15 } as const;

/** Dollars per million, by the same table; a read is half a unit. */
export const PRICES = {
  gateway: 3.5,
  execution: 1 + 0.1,
  invocation: 0.2,
  /** Of a function at 512 MB. */
  millisecond: 0.006_666_7,
  read: 0.5 * 0.125,
  write: 0.625,
} as const;

/** Dollars per million invocations, with the time that is billed. */
export const FACE_PRICE = PRICES.invocation + BILLED_MS.face * PRICES.millisecond;
export const MUTATOR_PRICE = PRICES.invocation + BILLED_MS.mutator * PRICES.millisecond;

/** The price of what was played, in dollars: without free tier, logs and traces. */
export function dollarsOf(played: Played, writes: number): number {
  const { requests, calls, probes, mutations, ticks, reads } = played;
  const faces = calls + probes.length;
  return (
    PER_MILLION *
    (requests * PRICES.gateway +
      (requests + ticks) * PRICES.execution +
      faces * FACE_PRICE +
      mutations * MUTATOR_PRICE +
      (reads + ticks) * PRICES.read +
      writes * PRICES.write)
  );
}

/** What a run would cost in us-east-1, by the prices and assumptions of the runbook's table. */
import type { Played } from './played.ts';

const PER_MILLION = 1e-6;

/** Dollars each: docs/RUNBOOK.md, "What it costs". */
const GATEWAY = 3.5 * PER_MILLION;
const EXECUTION = (1 + 0.1) * PER_MILLION;
const INVOCATION = 0.2 * PER_MILLION;
const FACE = 0.033_333_5 * PER_MILLION;
const MUTATOR = 0.100_000_5 * PER_MILLION;
const READ = 0.5 * 0.125 * PER_MILLION;
const WRITE = 0.625 * PER_MILLION;

/** The price of what was played, in dollars: without free tier, logs and traces. */
export function dollarsOf(played: Played, writes: number): number {
  const { requests, calls, probes, mutations, ticks, reads } = played;
  const faces = calls + probes.length;
  return (
    requests * GATEWAY +
    (requests + ticks) * EXECUTION +
    faces * (INVOCATION + FACE) +
    mutations * (INVOCATION + MUTATOR) +
    (reads + ticks) * READ +
    writes * WRITE
  );
}

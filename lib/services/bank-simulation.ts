/** How the bank simulates its work: how long a face takes, and how often it fails. */
import type { Face } from '../level/level.ts';

/** Milliseconds, both ends included. */
export interface RangeMs {
  readonly min: number;
  readonly max: number;
}

/** What is simulated. */
export interface BankSettings {
  readonly latencies: Readonly<Record<Face, RangeMs>>;
  /** The share of calls that fail: 0 to 1. */
  readonly failureRates: Readonly<Record<'full' | 'degraded' | 'probe', number>>;
}

/** Where chance and time come from. */
export interface Chance {
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  pause(ms: number): Promise<void>;
}

/** The simulation of one bank. */
export interface Simulation {
  /** Takes as long as a face takes. */
  work(face: Face): Promise<void>;
  /** Whether this call fails. */
  fails(call: keyof BankSettings['failureRates']): boolean;
}

/** Makes the simulation. */
export function createSimulation(
  { latencies, failureRates }: BankSettings,
  chance: Chance,
): Simulation {
  return {
    async work(face) {
      const { min, max } = latencies[face];
      if (max > 0) await chance.pause(min + Math.floor(chance.random() * (max - min + 1)));
    },
    fails: (call) => chance.random() < failureRates[call],
  };
}

/** What a process shows of its breakers, of what goes with them, and of its levels. */
import { sharedRegistry, type BreakerRegistry } from '../breaker/vocabularies/registry.ts';
import type { LevelReport } from '../health/document.ts';
import { Companions } from './companions.ts';
import type { Meters } from './meters.ts';
import { otelMeters } from './otel-meters.ts';

/** Everything that a monitor looks at, and where events go. */
export interface Monitors {
  readonly breakers: BreakerRegistry;
  readonly companions: Companions;
  readonly meters: Meters;
}

/** A level, and what it is judged by under a policy that judges a rate; null where there is none. */
export interface MonitoredLevel extends LevelReport {
  readonly window?: {
    readonly requests: number;
    /** null without requests. */
    readonly errorPercent: number | null;
    /** One in so many outcomes is counted. */
    readonly sampleOneIn: number;
    /** null where too little was seen; absent where nothing is learned. */
    readonly ordinaryPercent?: number | null;
  };
  /** Of the way from level 2 to 1. */
  readonly ramp?: {
    readonly step: number;
    /** Of the requests that the full face serves; null before the first step. */
    readonly percent: number | null;
  };
}

/** What is looked at when a monitor asks. */
export interface Observed extends Omit<Monitors, 'meters'> {
  readonly version: string;
  /** Every scope, so that its counters are 0 before they count. */
  readonly scopes: readonly string[];
  /** The level of every scope; null where it cannot be read. It does not reject. */
  readonly levels: () => Promise<Readonly<Record<string, MonitoredLevel>>>;
}

let shared: Monitors | undefined;

/** Those of this process, with the breakers that every factory lists. */
export function sharedMonitors(): Monitors {
  return (shared ??= {
    breakers: sharedRegistry(),
    companions: new Companions(),
    meters: otelMeters(),
  });
}

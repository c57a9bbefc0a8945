/** The port of the monitors that take labels: Prometheus of a process, OpenTelemetry wherever it is set up. */
import type { Level } from '../level/level.ts';
import type { Detail, EventName, Telemetry } from './telemetry.ts';

/** A request to the service that the edge has answered. */
export interface ServedRequest {
  readonly scope: string;
  /** The route's pattern, for example `/account/:id`. */
  readonly route: string;
  readonly method: string;
  /** The level that served; null: none did. */
  readonly level: Level | null;
  /** HTTP status; null: the client was gone before. */
  readonly code: number | null;
  readonly durationMs: number;
  /** Of the trace that it belongs to, if there is one. */
  readonly traceId?: string | undefined;
}

/** Where events go. No method throws. */
export interface Meters {
  served(request: ServedRequest): void;
  /** An event of a scope; what is counted one by one has a value of 0 or 1. */
  counted(event: EventName, scope: string, value: number, detail: Detail): void;
  /** A further attempt of an operation. */
  retried(operation: string): void;
  /** The level table did not do what it was asked; code is the error's. */
  storeFailed(operation: 'read' | 'write', code: string): void;
}

/** Tells all of them. */
export function metersOf(all: readonly Meters[]): Meters {
  return {
    served: (request) => all.forEach((meters) => meters.served(request)),
    counted: (event, scope, value, detail) =>
      all.forEach((meters) => meters.counted(event, scope, value, detail)),
    retried: (operation) => all.forEach((meters) => meters.retried(operation)),
    storeFailed: (operation, code) => all.forEach((meters) => meters.storeFailed(operation, code)),
  };
}

/** The same telemetry, whose counts the meters are told, too. */
export function metered<T extends Telemetry>(telemetry: T, meters: Meters): T {
  const count: Telemetry['count'] = (event, scope, value = 1, detail = {}) => {
    telemetry.count(event, scope, value, detail);
    meters.counted(event, scope, value, detail);
  };
  return { ...telemetry, count };
}

/** This library and its peers behind one port, for traces: the same rules, the same two errors. */
import {
  circuitBreaker,
  CircuitState as CockatielState,
  handleWhen,
  type IBreaker,
} from 'cockatiel';
import Opossum from 'opossum';
import { CircuitBreaker } from '../../lib/breaker/index.ts';
import { DOWN } from './given.ts';
import type { TraceRules } from './peer-model.ts';

/** What replays a trace. */
export interface Subject {
  call(fn: () => Promise<unknown>): Promise<unknown>;
  halfOpen(): boolean;
  stop?(): void;
}

const counts = (error: unknown): boolean => error === DOWN;

export function ours(rules: TraceRules): Subject {
  const breaker = new CircuitBreaker({
    name: 'trace',
    trip: rules.trip,
    failureThreshold: rules.threshold,
    minimumRequests: rules.minimum,
    window: rules.windowMs,
    buckets: rules.buckets,
    size: rules.size,
    resetTimeout: rules.resetMs,
    timeout: false,
    isFailure: counts,
    clock: () => Date.now(),
  });
  return {
    call: (fn) => breaker.execute(fn),
    halfOpen: () => breaker.getStats().state === 'HALF_OPEN',
  };
}

export function cockatiel(rules: TraceRules, breaker: IBreaker): Subject {
  const policy = circuitBreaker(handleWhen(counts), { halfOpenAfter: rules.resetMs, breaker });
  return {
    call: (fn) => policy.execute(fn),
    halfOpen: () => policy.state === CockatielState.HalfOpen,
  };
}

export function opossum(rules: TraceRules): Subject {
  const breaker = new Opossum((fn) => (fn as () => Promise<unknown>)(), {
    timeout: false,
    errorThresholdPercentage: rules.threshold * 100,
    volumeThreshold: rules.minimum,
    resetTimeout: rules.resetMs,
    rollingCountTimeout: rules.windowMs,
    rollingCountBuckets: rules.buckets,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (error) => !counts(error),
  });
  return {
    call: (fn) => breaker.fire(fn),
    halfOpen: () => breaker.halfOpen,
    stop: () => breaker.shutdown(),
  };
}

/** The recovery tick of the laptop; on AWS a schedule does this. */
import { randomUUID } from 'node:crypto';
import type { Level } from '../level/level.ts';
import type { Policy } from '../level/policy.ts';
import type { Clock } from '../runtime/clock.ts';
import { deployedInput } from '../runtime/deployed-input.ts';
import type { Scopes } from '../runtime/scopes.ts';
import { stateKeyOf } from '../store/level-store.ts';
import { carrierOf } from '../telemetry/tracing.ts';
import type { Engine } from './engine.ts';
import { NO_REQUEST } from '../runtime/workflow.ts';

/**
 * Runs the workflow's tick for each scope every interval, the first one that long from now. A tick
 * that is still running when the next is due is not joined by another. The timer keeps no process
 * alive.
 *
 * @param options.everyMs The interval in milliseconds; 0 is off.
 * @returns Stops the ticks; resolves when the running one has ended.
 */
export function startTicks(options: {
  readonly engine: Engine;
  readonly scopes: Scopes;
  /** The policy that a scope is deployed with. */
  readonly policyOf: (scope: string) => Policy;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly failOpenLevel: Level;
}): () => Promise<void> {
  const { engine, scopes, policyOf, clock, everyMs, failOpenLevel } = options;
  if (everyMs === 0) return async () => {};
  let running: Promise<unknown> | null = null;
  const tick = async () => {
    for (const [scope, { signals, readReplicas }] of Object.entries(scopes)) {
      const input = {
        kind: 'tick',
        scope,
        stateKey: stateKeyOf(scope),
        receivedAt: clock.nowMs(),
        failOpenLevel,
        readReplicas,
        signals,
        safe: true,
        bypass: false,
        deployed: deployedInput(policyOf(scope)),
        trace: carrierOf(),
        request: NO_REQUEST,
      } as const;
      await engine.execute(input, `tick-${randomUUID()}`);
    }
  };
  const timer = setInterval(() => {
    running ??= tick().finally(() => {
      running = null;
    });
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

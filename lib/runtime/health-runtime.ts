/** The health of this service: its level table, its memory, and what its services need. */
import { BreakerRegistry } from '../breaker/index.ts';
import { createMemoryHealthCheck } from '../health/checks.ts';
import { createHealthCheckHandler, type HealthHandlers } from '../health/handler.ts';
import type { LevelReport } from '../health/document.ts';
import { createLevelsCheck, type LevelsRead } from '../health/levels.ts';
import { HealthCheckManager, type HealthChange } from '../health/manager.ts';
import { isPinned, type LevelState } from '../level/state.ts';
import { createServiceChecks } from '../services/checks.ts';
import { RowMalformedError } from '../store/errors.ts';
import { stateKeyOf } from '../store/level-store.ts';
import { stateOf } from '../store/row.ts';
import { describeStatus } from '../store/status.ts';
import type { MonitoredLevel, Observed } from '../telemetry/monitors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { readConfig, type Config } from './config.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from './level-runtime.ts';
import { servicesIn } from './tenants.ts';

/** How long the levels of all scopes may take, in milliseconds: less than what a read may. */
const LEVELS_MS = 1_000;

/** What the health of a stage is made of. */
export interface StageHealthParts extends Pick<Config, 'stage' | 'failOpenLevel' | 'upstream'> {
  readonly runtime: Pick<LevelRuntime, 'protocol' | 'scopes' | 'clock' | 'telemetry'>;
  readonly version: string;
  /** Whose breakers are shown; those of this process by default. */
  readonly registry?: BreakerRegistry;
}

/** Makes the manager. */
export function createStageHealth(parts: StageHealthParts): HealthCheckManager {
  const { stage, version, failOpenLevel, upstream, registry } = parts;
  // One tenant in maintenance is no region that is down, and whoever may read a health need not know who is a tenant.
  const runtime = { ...parts.runtime, scopes: servicesIn(parts.runtime.scopes) };
  const { check, levels } = createLevelsCheck(
    Object.keys(runtime.scopes),
    () => readLevels(runtime, (state) => reportOf(state, runtime.clock.nowMs())),
    // Where the fail-open level is 3, nothing is served while the level is unknown.
    { readiness: failOpenLevel === 3, timeout: LEVELS_MS },
  );
  return new HealthCheckManager({
    serviceName: `resilient-service-${stage}`,
    version,
    checks: [check, createMemoryHealthCheck(90), ...createServiceChecks({ upstream })],
    levels,
    onChange: (change) => logChange(runtime.telemetry, change),
    ...(registry !== undefined && { registry }),
  });
}

/**
 * Makes what tells monitors the level of every scope: within a second, read once a second at most, null
 * where it cannot be read.
 */
export function createLevelReader(runtime: LevelRuntime): Observed['levels'] {
  const { check, levels } = createLevelsCheck(
    Object.keys(runtime.scopes),
    () => readLevels(runtime, (state, scope) => monitoredOf(runtime, state, scope)),
    { readiness: false, timeout: LEVELS_MS },
  );
  const head = { serviceName: 'levels', version: '1', registry: new BreakerRegistry() };
  const manager = new HealthCheckManager({ ...head, checks: [check] });
  return async () => {
    await manager.executeHealthChecks();
    return levels();
  };
}

/**
 * Makes the handlers of the health function from the environment.
 *
 * @throws ConfigError
 */
export function healthRuntimeFromEnv(): HealthHandlers {
  const config = readConfig();
  const { serviceVersion: version = 'unknown' } = config;
  return createHealthCheckHandler(
    createStageHealth({ ...config, version, runtime: levelRuntimeFromEnv() }),
  );
}

/** A malformed row of one scope hides no other; a table that fails fails the look. */
async function readLevels<Report extends LevelReport>(
  { protocol, scopes }: StageHealthParts['runtime'],
  report: (state: LevelState, scope: string) => Report,
): Promise<LevelsRead<Report>> {
  const read = Object.keys(scopes).map(async (scope): Promise<[string, Report | Error]> => {
    const stateKey = stateKeyOf(scope);
    try {
      return [scope, report(stateOf(stateKey, await protocol.store.read(stateKey)), scope)];
    } catch (error) {
      if (error instanceof RowMalformedError) return [scope, error];
      throw error;
    }
  });
  return Object.fromEntries(await Promise.all(read));
}

/** With what the status says of its window and its way up. */
function monitoredOf(runtime: LevelRuntime, state: LevelState, scope: string): MonitoredLevel {
  const { protocol, deployedPolicyOf, presetOf, clock } = runtime;
  const atMs = clock.nowMs();
  const { window, ramp } = describeStatus(scope, {
    state,
    history: [],
    preset: presetOf(scope),
    deployed: deployedPolicyOf(scope),
    policy: protocol.policyOf(state.policy, scope),
    atMs,
  });
  return { ...reportOf(state, atMs), ...(window && { window }), ...(ramp && { ramp }) };
}

function reportOf(state: LevelState, atMs: number): LevelReport {
  return {
    level: state.currentLevel,
    pinned: isPinned(state, atMs),
    since: state.lastTransition,
  };
}

function logChange(telemetry: Telemetry, change: HealthChange): void {
  const { status, error, ...fields } = change;
  if (status === 'healthy') telemetry.info('health check passes again', fields);
  else telemetry.warn('health check failed', error === undefined ? fields : { ...fields, error });
}

/** The four alarms of a scope, as data: what each looks at, when it fires, and which move it asks for. */
import type { Level } from '../level/level.ts';
import type { Policy } from '../level/policy.ts';
import type { ChangeReason } from '../level/state.ts';
import { METRICS, type DimensionsOf } from '../telemetry/metrics.ts';

/** What moves a scope's level: outcomes counted one by one, alarms over the fleet, or whichever is first. */
export type Signals = 'direct' | 'alarms' | 'both';

/** The numbers of a scope's alarms. */
export interface AlarmNumbers {
  /** Errors over requests at level 1 and at level 2 that fire, above 0 to 1; 0.25 and 0.5 by default. */
  readonly errorRate: readonly [atLevel1: number, atLevel2: number];
  /** Requests in a period below which no error rate fires; 20 by default. */
  readonly minRequests: number;
  /** Length of a period in seconds, in whole minutes; 60 by default. */
  readonly periodS: number;
  /** Periods that must be over the threshold, of these and two more; 1 by default. */
  readonly periods: number;
}

/** A metric over a period, under the name that the expression knows it by. */
export interface AlarmMetric {
  readonly id: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: 'Average' | 'SampleCount' | 'Sum';
}

/** One alarm that moves a level. */
export interface LevelAlarm {
  readonly name: string;
  readonly scope: string;
  /** The move that it asks for; it means nothing at another level. */
  readonly from: Level;
  readonly to: Level;
  readonly reason: ChangeReason;
  readonly metrics: readonly AlarmMetric[];
  /** CloudWatch metric math over the metrics. */
  readonly expression: string;
  /** What stands for the expression where there is no metric math. */
  readonly plain: AlarmMetric;
  /** Fires where the expression is this or more; missing data never fires. */
  readonly threshold: number;
  readonly periodS: number;
  /** Of so many periods … */
  readonly periods: number;
  /** … so many must be over the threshold. */
  readonly breaching: number;
}

/** What the alarms of a scope are made from. */
export interface AlarmedScope {
  readonly stage: string;
  readonly scope: string;
  readonly alarms: AlarmNumbers;
  readonly policy: Policy;
}

/** What the names of all alarms begin with, before the stage. */
export const SERVICE = 'resilient-service';

/** A tick probes once a minute, so that a window that must hold n probes lasts n minutes. */
const TICK_S = 60;

/**
 * Periods that are looked at beyond those that must breach. An alarm of one period keeps its state where that
 * one is late or empty, whatever FILL makes of it; of three it goes on. Source: CloudWatch, "Configuring how
 * alarms treat missing data" and "M out of N".
 */
const SPARE_PERIODS = 2;

/** How far the evidence of an alarm goes back, in milliseconds: each of its periods may be the breaching one. */
export function windowMsOf({ periodS, periods }: LevelAlarm): number {
  return periodS * periods * 1_000;
}

/** Makes the four alarms of a scope. */
export function levelAlarms(given: AlarmedScope): readonly LevelAlarm[] {
  const { alarms, policy } = given;
  const probesS = Math.max(alarms.periodS, policy.probesToDegraded * TICK_S);
  return [
    errorRate(given, 1, 2, alarms.errorRate[0]),
    errorRate(given, 2, 3, alarms.errorRate[1]),
    { ...probeRecovery(given, policy.probesToDegraded), periodS: probesS },
    successRecovery(given, policy.successesToFull),
  ];
}

function errorRate(given: AlarmedScope, from: 1 | 2, to: Level, threshold: number): LevelAlarm {
  const dimensions = { Scope: given.scope, Level: String(from) };
  const rate = metric(given, 'Service', 'Error', dimensions, 'rate', 'Average');
  return {
    ...alarm(given, from, to, 'error-rate', 'alarm-error-rate'),
    metrics: [rate, { ...rate, id: 'requests', stat: 'SampleCount' }],
    expression: `IF(requests >= ${given.alarms.minRequests}, rate, 0)`,
    plain: rate,
    threshold,
  };
}

function probeRecovery(given: AlarmedScope, needed: number): LevelAlarm {
  const dimensions = { Scope: given.scope };
  const sum = metric(given, 'Controller', 'ProbeResult', dimensions, 'successes', 'Sum');
  return {
    ...alarm(given, 3, 2, 'recovery', 'alarm-recovery'),
    // A probe publishes 1 or 0: where the sum is the count, none has failed.
    metrics: [sum, { ...sum, id: 'probes', stat: 'SampleCount' }],
    expression: `IF(successes >= ${needed} AND successes == probes, 1, 0)`,
    plain: { ...sum, stat: 'Average' },
    threshold: 1,
  };
}

/** CloudWatch knows no streaks: n successes and no error in the window stand for n in a row. */
function successRecovery(given: AlarmedScope, needed: number): LevelAlarm {
  const dimensions = { Scope: given.scope, Level: '2' };
  const successes = metric(given, 'Service', 'Success', dimensions, 'successes', 'Sum');
  return {
    ...alarm(given, 2, 1, 'recovery', 'alarm-recovery'),
    metrics: [successes, metric(given, 'Service', 'Error', dimensions, 'errors', 'Sum')],
    expression: `IF(successes >= ${needed} AND errors == 0, 1, 0)`,
    plain: { ...successes, stat: 'Average' },
    threshold: 1,
  };
}

function alarm(
  { stage, scope, alarms }: AlarmedScope,
  from: Level,
  to: Level,
  kind: 'error-rate' | 'recovery',
  reason: ChangeReason,
) {
  const { periodS, periods } = alarms;
  const name = `${SERVICE}-${stage}-${scope}-level-${from}-${kind}`;
  const breaching = periods;
  return { name, scope, from, to, reason, periodS, periods: periods + SPARE_PERIODS, breaching };
}

function metric<Set extends 'Service' | 'Controller'>(
  { stage }: AlarmedScope,
  set: Set,
  name: keyof (typeof METRICS)[Set]['units'] & string,
  dimensions: DimensionsOf<Set>,
  id: string,
  stat: AlarmMetric['stat'],
): AlarmMetric {
  const { namespace } = METRICS[set];
  return { id, namespace, metric: name, dimensions: { Stage: stage, ...dimensions }, stat };
}

/** A level row as operators and the page read it: the row, what it has counted, what it waits for. */
import { shareOf } from '../level/draw.ts';
import { lastChanges, levelSinceOf } from '../level/history.ts';
import { fallShareOf, learns, ordinaryOf } from '../level/ordinary.ts';
import { hasRamp, PRESETS, type Policy, type PresetName } from '../level/policy.ts';
import { isWatching } from '../level/rate.ts';
import { isSampled } from '../level/share.ts';
import { isMap, type Change, type LevelState } from '../level/state.ts';
import { counted } from '../level/window.ts';

/** What a status is made from. */
export interface Described {
  readonly state: LevelState;
  /** What the item of the scope's history holds. */
  readonly history: readonly Change[];
  readonly preset: PresetName;
  /** The policy that the row may override. */
  readonly deployed: Policy;
  /** The policy in force. */
  readonly policy: Policy;
  /** Now, in epoch milliseconds. */
  readonly atMs: number;
}

/** What the window and the waits are read from. */
type Seen = Pick<Described, 'state' | 'policy' | 'atMs'>;

/** What the window holds; shares in percent. */
interface Window {
  readonly counting: boolean;
  readonly requests: number;
  readonly errors: number;
  readonly errorPercent: number | null;
  readonly thresholdPercent: number | null;
  readonly consecutiveErrors: number;
  readonly sampleOneIn: number;
  /** The share of errors that is ordinary; null while too little is known, absent where nothing is learned. */
  readonly ordinaryPercent?: number | null;
}

/** What the way up waits for. */
interface Waits {
  readonly dwell?: { readonly ms: number; readonly until: string | null };
  readonly ramp?: ReturnType<typeof rampOf>;
  readonly probe?: ReturnType<typeof probeOf>;
}

/** Who says a field of the policy in force. */
export type PolicySource = 'preset' | 'deployment' | 'row';

/** The status of a scope. Times are ISO 8601, shares in percent. */
export function describeStatus(scope: string, described: Described) {
  const { state, history, preset, policy } = described;
  const { override } = state;
  return {
    scope,
    currentLevel: state.currentLevel,
    errorCount: state.errorCount,
    successCount: state.successCount,
    epoch: state.epoch,
    lastUpdated: state.lastUpdated,
    lastTransition: state.lastTransition,
    transitionReason: state.transitionReason,
    levelSince: levelSinceOf(state),
    ...(state.by !== undefined && { by: state.by }),
    history: lastChanges(state, history),
    ...(override && {
      override: {
        reason: override.reason,
        ...(override.untilMs !== undefined && { until: isoOrNull(override.untilMs) }),
      },
    }),
    ...windowOf(described),
    ...waitsOf(described),
    policy,
    preset,
    policySource: sourcesOf(described),
  };
}

/** What the window holds, and how much of what happens is counted. */
function windowOf({ state, policy, atMs }: Seen): { readonly window?: Window } {
  if (policy.judge !== 'rate') return {};
  const { errors, requests } = counted(state, policy, atMs);
  const degradePercent = hundredths(100 * fallShareOf(state, policy));
  const thresholds = { 1: degradePercent, 2: policy.maintenancePercent, 3: null };
  const ordinary = ordinaryOf(state, policy);
  return {
    window: {
      counting: isWatching(state, atMs),
      requests,
      errors,
      errorPercent: requests === 0 ? null : tenths((100 * errors) / requests),
      thresholdPercent: thresholds[state.currentLevel],
      consecutiveErrors: state.run ?? 0,
      sampleOneIn: isSampled(state, atMs) ? (state.sampleOneIn ?? 1) : 1,
      ...(learns(policy) && {
        ordinaryPercent: ordinary === null ? null : hundredths(100 * ordinary.share),
      }),
    },
  };
}

/** What the way up waits for. */
function waitsOf({ state, policy }: Seen): Waits {
  const { currentLevel: level, quietUntilMs, dwellMs = policy.dwellMs } = state;
  if (level === 1) return {};
  return {
    ...(quietUntilMs !== undefined && { dwell: { ms: dwellMs, until: isoOrNull(quietUntilMs) } }),
    ...(level === 2 && hasRamp(policy) && { ramp: rampOf(state, policy) }),
    ...(level === 3 && policy.probeIntervalMs > 0 && { probe: probeOf(state, policy) }),
  };
}

/**
 * The same as numbers, for metrics: shares in percent, times left in milliseconds. What does not hold at the
 * level or under the policy is left out.
 */
export function gaugesOf(seen: Seen) {
  const { state, atMs } = seen;
  const { window } = windowOf(seen);
  const { ramp, probe } = waitsOf(seen);
  const left = (untilMs: number | undefined) => Math.max(0, (untilMs ?? atMs) - atMs);
  return {
    ...(window !== undefined && {
      WindowRequests: window.requests,
      ...(window.errorPercent !== null && { WindowErrorRate: window.errorPercent }),
      SampleOneIn: window.sampleOneIn,
      ...learnedGauges(window),
    }),
    ...(state.currentLevel > 1 &&
      state.quietUntilMs !== undefined && { DwellLeft: left(state.quietUntilMs) }),
    ...(ramp !== undefined && {
      RampStep: ramp.step,
      ...(ramp.percent !== null && { RampShare: ramp.percent }),
    }),
    ...(probe !== undefined && {
      ProbeInterval: probe.intervalMs,
      NextProbe: left(state.nextProbeAtMs),
    }),
  };
}

function learnedGauges({ ordinaryPercent = null, thresholdPercent }: Window) {
  if (ordinaryPercent === null) return {};
  return {
    OrdinaryErrorRate: ordinaryPercent,
    ...(thresholdPercent !== null && { ThresholdErrorRate: thresholdPercent }),
  };
}

function rampOf(state: LevelState, { ramp }: Policy) {
  const { rampStep = 0, rampBelow, stepSinceMs, nextCanaryAtMs } = state;
  return {
    step: rampStep + 1,
    steps: ramp.length,
    percent: rampBelow === undefined ? (ramp[rampStep] ?? null) : tenths(100 * shareOf(rampBelow)),
    since: isoOrNull(stepSinceMs),
    successes: state.canaryOk ?? 0,
    errors: state.canaryErrors ?? 0,
    nextCanary: isoOrNull(nextCanaryAtMs),
  };
}

function probeOf(state: LevelState, policy: Policy) {
  const { probeIntervalMs, nextProbeAtMs, probeFailures = 0 } = state;
  return {
    intervalMs: probeIntervalMs ?? policy.probeIntervalMs,
    next: isoOrNull(nextProbeAtMs),
    failures: probeFailures,
  };
}

function sourcesOf({ state, preset, deployed, policy }: Described) {
  // A row policy that does not validate is not in force.
  const isInForce = policy !== deployed && isMap(state.policy);
  const own: Readonly<Record<string, unknown>> =
    isInForce && isMap(state.policy) ? state.policy : {};
  const names = Object.keys(policy) as (keyof Policy)[];
  return Object.fromEntries(
    names.map((name): [string, PolicySource] => {
      if (name in own) return [name, 'row'];
      const isPreset = JSON.stringify(deployed[name]) === JSON.stringify(PRESETS[preset][name]);
      return [name, isPreset ? 'preset' : 'deployment'];
    }),
  ) as Record<keyof Policy, PolicySource>;
}

function tenths(value: number): number {
  return Math.round(10 * value) / 10;
}

function hundredths(value: number): number {
  return Math.round(100 * value) / 100;
}

function isoOrNull(ms: number | undefined): string | null {
  const date = new Date(ms ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

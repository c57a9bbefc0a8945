/** The way to the next step, in the words of the policy in force: pure functions of a status and a time. */
import type { LevelStatus } from '../../../runtime/level-status.ts';

/** What is shown of a level's way: down, up, or held. */
export interface Way {
  readonly kind: 'down' | 'up' | 'pin';
  readonly text: string;
  /** How far it is, 0 to 1, where it can be told. */
  readonly share?: number;
}

/** The levels by their numbers. */
export const LEVELS = { 1: 'full', 2: 'degraded', 3: 'maintenance' } as const;

/** The ways from the level of a status. */
export function waysOf(status: LevelStatus, nowMs: number): readonly Way[] {
  const { override } = status;
  if (override !== undefined) {
    const until =
      typeof override.until !== 'string'
        ? 'until it is released'
        : `for ${ahead(override.until, nowMs)}`;
    return [{ kind: 'pin', text: `pinned ${until}${whyOf(override)}. Nothing counts meanwhile.` }];
  }
  return status.policy.judge === 'rate' ? rateWays(status, nowMs) : countWays(status, nowMs);
}

function countWays(status: LevelStatus, nowMs: number): readonly Way[] {
  const { currentLevel: level, errorCount, successCount, policy } = status;
  const { errorsToDegrade, errorsToMaintenance, successesToClear, successesToFull } = policy;
  const down = (to: number, most: number): Way => ({
    kind: 'down',
    text: `${errorCount} of ${most} errors: at ${most} it steps down to level ${to}`,
    share: errorCount / most,
  });
  if (level === 1) {
    const clear: Way = {
      kind: 'up',
      text: `${successCount} of ${successesToClear} good answers in a row: then the errors are forgotten`,
      share: successCount / successesToClear,
    };
    return errorCount > 0 ? [down(2, errorsToDegrade), clear] : [down(2, errorsToDegrade)];
  }
  if (level === 3) return probeWays(status, nowMs);
  if (status.ramp !== undefined) return [down(3, errorsToMaintenance), ...climbWays(status, nowMs)];
  const up: Way = {
    kind: 'up',
    text: `${successCount} of ${successesToFull} good answers in a row: then it climbs to level 1`,
    share: successCount / successesToFull,
  };
  return [down(3, errorsToMaintenance), ...dwellWays(status, nowMs), up];
}

function rateWays(status: LevelStatus, nowMs: number): readonly Way[] {
  if (status.currentLevel === 3) return probeWays(status, nowMs);
  const windowWay = windowOf(status);
  return status.currentLevel === 1 ? [windowWay] : [windowWay, ...climbWays(status, nowMs)];
}

function windowOf({ window, policy, currentLevel }: LevelStatus): Way {
  if (window === undefined || (!window.counting && window.requests === 0)) {
    return {
      kind: 'down',
      text: `no error lately: nothing is counted, nothing is written${ordinaryOf(window?.ordinaryPercent)}`,
      share: 0,
    };
  }
  const { errors, requests, errorPercent, consecutiveErrors: run, sampleOneIn } = window;
  const percent = window.thresholdPercent ?? 0;
  const rate = errorPercent === null ? '' : ` (${errorPercent} %)`;
  const share = sampleOneIn > 1 ? `; one outcome in ${sampleOneIn} is counted` : '';
  const enough = `with ${policy.minimumRequests} requests and ${policy.minimumErrors} errors`;
  return {
    kind: 'down',
    text: `${errors} of ${requests} in ${policy.windowMs / 1_000} s failed${rate}: from ${percent} % ${enough}, or ${run} of ${policy.consecutiveErrors} in a row, it steps down to level ${currentLevel + 1}${share}${ordinaryOf(window.ordinaryPercent)}`,
    share: Math.min(
      1,
      Math.max((errorPercent ?? 0) / (percent || 100), run / policy.consecutiveErrors),
    ),
  };
}

function ordinaryOf(percent: number | null | undefined): string {
  if (percent === undefined) return '';
  return percent === null
    ? '; it has not seen enough to say what is ordinary here'
    : `; ${percent} % are ordinary here`;
}

function dwellWays({ dwell }: LevelStatus, nowMs: number): readonly Way[] {
  const left = leftMs(dwell?.until, nowMs);
  if (dwell === undefined || left <= 0) return [];
  return [
    {
      kind: 'up',
      text: `no climbing for ${seconds(left)} more: it dwells ${seconds(dwell.ms)} after a fall`,
      share: Math.max(0, 1 - left / dwell.ms),
    },
  ];
}

function climbWays(status: LevelStatus, nowMs: number): readonly Way[] {
  const dwell = dwellWays(status, nowMs);
  const { ramp, policy } = status;
  if (dwell.length > 0 || ramp === undefined) return dwell;
  const { step, steps, percent, successes, errors } = ramp;
  return [
    {
      kind: 'up',
      text: `ramp step ${step} of ${steps}: ${percent ?? 0} % of the requests try the full face; ${successes} well and ${errors} failed of ${policy.rampStepRequests} that the step needs`,
      share: (step - 1 + Math.min(1, successes / policy.rampStepRequests)) / steps,
    },
  ];
}

function probeWays({ successCount, policy, probe }: LevelStatus, nowMs: number): readonly Way[] {
  const { probesToDegraded } = policy;
  const left = leftMs(probe?.next, nowMs);
  const next =
    probe === undefined
      ? 'each request is also a probe'
      : left > 0
        ? `the next probe in ${seconds(left)}`
        : 'a probe is due with the next request';
  return [
    {
      kind: 'up',
      text: `${successCount} of ${probesToDegraded} good probes in a row: then it climbs to level 2; ${next}`,
      share: successCount / probesToDegraded,
    },
  ];
}

/** A feed that may not tell leaves it out. */
function whyOf({ reason }: { readonly reason?: string }): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function leftMs(at: string | null | undefined, nowMs: number): number {
  return typeof at !== 'string' ? 0 : Date.parse(at) - nowMs;
}

function ahead(at: string, nowMs: number): string {
  return seconds(Math.max(0, leftMs(at, nowMs)));
}

/** A time to wait, in the largest unit that tells it well. */
function seconds(ms: number): string {
  const whole = Math.ceil(ms / 1_000);
  if (whole < 120) return `${whole} s`;
  return whole < 7_200 ? `${Math.round(whole / 60)} min` : `${Math.round(whole / 3_600)} h`;
}

/** The time of a change, with its day where that is not today's by the server's time. */
export function whenOf(at: string, nowMs: number): string {
  const [time, now] = [new Date(at), new Date(nowMs)];
  const clock = time.toLocaleTimeString('en-GB');
  const day = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  return time.toDateString() === now.toDateString() ? clock : `${day}, ${clock}`;
}

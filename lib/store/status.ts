/** A level row as operators and the page read it. */
import type { Policy } from '../level/policy.ts';
import type { LevelState } from '../level/state.ts';

/** The status of a scope: the row with its defaults and the policy in force. Times are ISO 8601. */
export function describeStatus(scope: string, state: LevelState, policy: Policy) {
  const { override, policy: _overrides, notifiedEpoch: _notified, ...row } = state;
  return {
    scope,
    ...row,
    ...(override && {
      override: {
        reason: override.reason,
        ...(override.untilMs !== undefined && { until: isoOrNull(override.untilMs) }),
      },
    }),
    policy,
  };
}

function isoOrNull(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

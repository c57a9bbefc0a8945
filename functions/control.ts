/** Lambda: the control plane. Pins and releases a level, changes a scope's policy, resets it. */
import * as v from 'valibot';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from '../lib/runtime/level-runtime.ts';
import { statusOf } from '../lib/runtime/level-status.ts';
import { overridePolicy, POLICY_NAMES } from '../lib/runtime/policy-schema.ts';
import {
  answerProxy,
  parseBody,
  RequestError,
  senderOf,
  type ProxyEvent,
} from '../lib/runtime/proxy.ts';
import { tellOfChange } from '../lib/runtime/tell-replicas.ts';
import { gotOf, strictFields } from '../lib/runtime/validation.ts';
import * as control from '../lib/store/control.ts';
import { announce } from '../lib/events/announce.ts';
import { hasRamp } from '../lib/level/policy.ts';
import { isMap } from '../lib/level/state.ts';
import type { Settled } from '../lib/store/record-outcome.ts';
import { readHistory } from '../lib/store/history.ts';
import { reportChange } from '../lib/telemetry/report-change.ts';

/** The longest reason an operator may give, in bytes, so that the row stays small. */
const MAX_REASON_BYTES = 120;

const reason = v.pipe(
  v.string((issue) => `must be a string, ${gotOf(issue)}`),
  v.maxBytes(MAX_REASON_BYTES, `must be at most ${MAX_REASON_BYTES} bytes of UTF-8`),
);

const expectedTime = (issue: v.BaseIssue<unknown>) =>
  `must be an ISO 8601 time such as 2026-01-31T12:00:00Z, ${gotOf(issue)}`;

const time = v.pipe(
  v.string(expectedTime),
  v.isoTimestamp(expectedTime),
  v.check(isOnCalendar, expectedTime),
  v.check(
    (text) => Date.parse(text) < Date.UTC(10_000, 0),
    (issue) => `must be before the year 10000, ${gotOf(issue)}`,
  ),
  v.transform(Date.parse),
);

const resetSchema = strictFields('a reset', { reason: v.optional(reason, '') });

const releaseSchema = strictFields('a release', { reason: v.optional(reason, '') });

const pinSchema = strictFields('an override', {
  level: v.picklist([1, 2, 3], (issue) => `must be 1, 2 or 3, ${gotOf(issue)}`),
  reason: v.pipe(reason, v.nonEmpty('must say why the level is pinned')),
  until: v.optional(time),
});

const patchSchema = strictFields(
  'a policy',
  // What stands beside null is checked with the fields that stay.
  Object.fromEntries(POLICY_NAMES.map((name) => [name, v.optional(v.unknown())])),
);

type Route = (
  runtime: LevelRuntime,
  event: ProxyEvent,
  scope: string,
  atMs: number,
) => Promise<Settled>;

const ROUTES: Readonly<Record<string, Route>> = {
  async 'POST /circuit-breaker/reset'({ protocol }, event, scope, atMs) {
    const note = event.body ? parseBody(event, resetSchema).reason : '';
    return control.reset(protocol, scope, { note, ...senderOf(event) }, atMs);
  },
  async 'PUT /circuit-breaker/override'({ protocol }, event, scope, atMs) {
    const { level, reason: why, until: untilMs } = parseBody(event, pinSchema);
    if (untilMs !== undefined && untilMs <= atMs) {
      throw new RequestError(
        400,
        `until must be in the future, got ${new Date(untilMs).toISOString()}`,
      );
    }
    const override = untilMs === undefined ? { reason: why } : { reason: why, untilMs };
    return control.pin(protocol, scope, { level, override, ...senderOf(event) }, atMs);
  },
  async 'DELETE /circuit-breaker/override'({ protocol }, event, scope, atMs) {
    const note = event.body ? parseBody(event, releaseSchema).reason : '';
    return control.release(protocol, scope, { note, ...senderOf(event) }, atMs);
  },
  async 'PUT /circuit-breaker/policy'(runtime, event, scope, atMs) {
    const overrides = checked(runtime, scope, parseBody(event, v.unknown()));
    return control.changePolicy(runtime.protocol, scope, overrides, senderOf(event), atMs);
  },
  /** Merges: null takes a field back, all others stay as they are. */
  async 'PATCH /circuit-breaker/policy'(runtime, event, scope, atMs) {
    const patch = parseBody(event, patchSchema);
    const edit = (before: unknown) => {
      const merged = { ...(isMap(before) ? before : {}), ...patch };
      const kept = Object.entries(merged).filter(([, value]) => value !== null);
      return checked(runtime, scope, Object.fromEntries(kept));
    };
    return control.editPolicy(runtime.protocol, scope, edit, senderOf(event), atMs);
  },
};

/**
 * Makes the handler of an API Gateway proxy event; every answer is the status after the change, with the
 * epochs that the call began.
 */
export const createHandler = (runtime: LevelRuntime) => (event: unknown) => {
  const { protocol, telemetry, clock, scopes } = runtime;
  const handle = async (request: ProxyEvent, scope: string) => {
    // What stands before it, the gateway and services.json know.
    const own = request.resource.slice(Math.max(0, request.resource.indexOf('/circuit-breaker/')));
    const name = `${request.httpMethod} ${own}`;
    const route = ROUTES[name];
    if (route === undefined) throw new RequestError(404, `no such route: ${name}`);
    const settled = await route(runtime, request, scope, clock.nowMs());
    const { state, changes, unfinished } = settled;
    const requestId = request.requestContext?.requestId;
    for (const change of changes) reportChange(telemetry, scope, change, { requestId });
    if (changes.length > 0) await tellOfChange(runtime, scope, state);
    if (changes.length > 0) await announce(runtime, scope, state, settled.history);
    if (unfinished !== undefined) {
      telemetry.error('transition unfinished', { scope, error: unfinished });
    }
    // Where the history of a change could not be written, the row tells at least that change.
    const history =
      settled.history ?? (changes.length > 0 ? [] : await readHistory(protocol.store, scope));
    return { ...statusOf(runtime, scope, state, history), changes };
  };
  return answerProxy(event, Object.keys(scopes), handle, (error) =>
    telemetry.error('control failed', { error }),
  );
};

export const handler = lazyHandler(createHandler, levelRuntimeFromEnv);

function checked(runtime: LevelRuntime, scope: string, overrides: unknown): control.Overrides {
  const { deployedPolicyOf, scopes } = runtime;
  const result = overridePolicy(deployedPolicyOf(scope), overrides);
  if (!result.ok) throw new RequestError(400, result.problem);
  if (scopes[scope]?.signals === 'alarms' && hasRamp(result.policy)) {
    throw new RequestError(
      400,
      'ramp must be [] where alarms alone move the scope: they cannot climb it',
    );
  }
  return { ...result.overrides };
}

/** Date.parse takes the 31st of February for the 3rd of March, and other times for none. */
function isOnCalendar(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return day <= daysInMonth && !Number.isNaN(Date.parse(text));
}

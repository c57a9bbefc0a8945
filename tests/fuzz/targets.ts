/** Every parser of what comes from outside, with inputs to begin with and what must be true of what it says. */
import assert from 'node:assert/strict';
import { AlarmMessageError, readAlarmMessage } from '../../lib/alarms/alarm-message.ts';
import { CircuitBreaker } from '../../lib/breaker/circuit-breaker.ts';
import { retryAfterMs } from '../../lib/breaker/companions/retry-after.ts';
import { BreakerOptionsError } from '../../lib/breaker/errors.ts';
import { isSafeEvent, pageFor } from '../../lib/guard/lambda-event.ts';
import { production } from '../../lib/level/policy.ts';
import { HISTORY_LIMIT } from '../../lib/level/state.ts';
import { readSlotName } from '../../lib/level/window.ts';
import { overridePolicy } from '../../lib/runtime/policy-schema.ts';
import { matchPath } from '../../lib/runtime/route-table.ts';
import { isRoute, routeOf } from '../../lib/runtime/routes.ts';
import { readScopes } from '../../lib/runtime/scopes.ts';
import { ConfigError } from '../../lib/runtime/settings.ts';
import { problemOfUrl } from '../../lib/runtime/upstream-url.ts';
import { callersLocation } from '../../lib/services/upstream-location.ts';
import { targetOf } from '../../lib/services/upstream-target.ts';
import type { RequestText } from '../../lib/services/service.ts';
import { TraceError } from '../../lib/simulation/trace.ts';
import { parseHistory } from '../../lib/store/history.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { parseRow } from '../../lib/store/row.ts';
import { seenRow } from '../../lib/store/seen-row.ts';
import { createLineReader } from '../../load/simulate/trace-lines.ts';
import services from '../../services.json' with { type: 'json' };
import type { Target } from './fuzzer.ts';

/** Of an error's kind: documented, and no fault. */
function refusing(kind: abstract new (...given: never[]) => Error, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    assert.ok(error.message.length < 2_000, 'a message has an end');
  }
}

function json(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}

const ROW = {
  PK: 'SYSTEM_STATE',
  currentLevel: 2,
  errorCount: 5,
  successCount: 0,
  epoch: 7,
  lastUpdated: '2026-11-26T00:00:00.000Z',
  lastTransition: '2026-11-26T00:00:00.000Z',
  changedFrom: 1,
  changedBy: 'errors',
  override: { reason: 'drill', untilMs: 1 },
  rampBelow: '40000000',
  E1sjkq2: 3,
  history: [{ epoch: 7, from: 1, to: 2, at: '2026-11-26T00:00:00.000Z', reason: 'errors' }],
};
const BASE = new URL('https://api.example.com/v1?key=1');

/** All of them. */
export const TARGETS: readonly Target[] = [
  {
    name: 'a row of the table',
    seeds: [JSON.stringify(ROW), '{}'],
    run(input) {
      const item = json(input);
      if (typeof item !== 'object' || item === null) return;
      const { state, problems, malformed } = parseRow(item as Item);
      assert.ok(Number.isSafeInteger(state.epoch) && state.epoch >= 0);
      assert.ok([1, 2, 3].includes(state.currentLevel));
      assert.ok(state.history.length <= HISTORY_LIMIT);
      assert.equal(problems.length, malformed.length);
    },
  },
  {
    name: 'a row on its way through the workflow',
    seeds: ['{"currentLevel":{"N":"2"},"epoch":{"N":"7"},"override":{"M":{"reason":{"S":"x"}}}}'],
    run(input) {
      const item = json(input) as Item | undefined;
      const state = seenRow(item, { level: 2, epoch: 3 });
      assert.equal(state.epoch, 3);
    },
  },
  {
    name: 'a history',
    seeds: ['{"PK":"H","C7":{"from":1,"to":2,"at":"2026-11-26T00:00:00.000Z","reason":"errors"}}'],
    run(input) {
      const item = json(input);
      if (typeof item !== 'object' || item === null) return;
      assert.ok(parseHistory(item as Item).length <= HISTORY_LIMIT);
    },
  },
  {
    name: 'the name of a slot',
    seeds: ['E1sjkq2', 'O0', 'PK'],
    run(input) {
      const read = readSlotName(input);
      assert.ok(read === null || Number.isSafeInteger(read[1]));
    },
  },
  {
    name: 'an alarm of the queue',
    seeds: [
      '{"AlarmName":"a","NewStateValue":"ALARM","NewStateReason":"r","StateChangeTime":"2026-11-26T00:00:00.000+0000"}',
    ],
    run(input) {
      refusing(AlarmMessageError, () => {
        const { changedAtMs, reason } = readAlarmMessage(input);
        assert.ok(Number.isFinite(changedAtMs) && reason.length <= 200);
      });
    },
  },
  {
    name: 'the overrides of a policy',
    seeds: ['{"dwellMs":1000,"ramp":[5,50]}', '{"judge":"counts","errorsToDegrade":3}', '{}'],
    run(input) {
      const checked = overridePolicy(production, json(input));
      if (checked.ok)
        assert.ok(checked.policy.errorsToDegrade < checked.policy.errorsToMaintenance);
      else assert.ok(checked.problem.length > 0);
    },
  },
  {
    name: 'services.json',
    seeds: [JSON.stringify(services)],
    run(input) {
      refusing(ConfigError, () => void readScopes('dev', json(input)));
    },
  },
  {
    name: 'a route and a path',
    seeds: ['GET /orders/{id}', 'ANY /orders/{proxy+}', 'POST /a/b'],
    run(input) {
      const [, path = ''] = input.split(' ');
      if (isRoute(input)) matchPath([routeOf(input).path], path);
      matchPath(['/orders/{id}', '/orders/{proxy+}', '/{proxy+}'], input);
    },
  },
  {
    name: 'the URL of an upstream',
    seeds: ['https://api.example.com/orders', 'http://[::1]:8080/', 'https://a/?b=c'],
    run(input) {
      const problem = problemOfUrl(input);
      if (problem === null) assert.match(new URL(input).protocol, /^https?:$/);
    },
  },
  {
    name: 'where at an upstream a request goes',
    seeds: ['/orders/7?a=1', '/a%2e%2e/b', '/..;x/y', '//evil.example/'],
    run(input) {
      const [rawPath = '', rawQuery = ''] = input.split('?', 2);
      const request = {
        method: 'GET',
        resource: '/{proxy+}',
        pathParameters: {},
        query: {},
        headers: {},
      };
      const given = { ...request, bodyText: '', rawPath, rawQuery } as unknown as RequestText;
      const target = targetOf(BASE, given, true);
      if (!target.ok) return;
      const { origin, pathname } = new URL(BASE.origin + target.path);
      assert.equal(origin, BASE.origin);
      assert.ok(pathname.startsWith('/v1'), pathname);
    },
  },
  {
    name: 'a Location of an upstream',
    seeds: ['/v1/orders/7', 'https://api.example.com/v1/x?y#z', '//evil.example', '../..'],
    run(input) {
      const given = { base: BASE, path: '/v1/orders', prefix: '/prod' };
      const location = callersLocation(input, given);
      // What is made the caller's own leads nowhere else.
      if (location !== input) assert.match(location, /^\/(?!\/)/);
    },
  },
  {
    name: 'a Retry-After',
    seeds: ['120', 'Wed, 21 Oct 2026 07:28:00 GMT', '1e5', '-1'],
    run(input) {
      const waits = retryAfterMs({ headers: { 'retry-after': input } });
      assert.ok(waits === null || Number.isFinite(waits), String(waits));
    },
  },
  {
    name: 'a saved breaker',
    seeds: [JSON.stringify(new CircuitBreaker({ name: 'a' }).toJSON())],
    run(input) {
      refusing(BreakerOptionsError, () => {
        const breaker = new CircuitBreaker({ name: 'a' });
        breaker.restore(json(input) as ReturnType<CircuitBreaker['toJSON']>);
        assert.ok(['CLOSED', 'OPEN', 'HALF_OPEN'].includes(breaker.getStats().state));
      });
    },
  },
  {
    name: 'an event of a gateway',
    seeds: [
      '{"httpMethod":"GET","path":"/","headers":{}}',
      '{"version":"2.0","requestContext":{"http":{"method":"POST"}}}',
      '{"requestContext":{"elb":{}},"httpMethod":"HEAD"}',
    ],
    run(input) {
      const event = json(input);
      assert.equal(typeof isSafeEvent(event), 'boolean');
      assert.equal(pageFor(event, 3).statusCode, 503);
    },
  },
  {
    name: 'a trace of requests',
    seeds: [
      'time,status,latency\n2026-11-26T00:00:00Z,200,12\n',
      '{"time":1,"status":500}\n',
      '127.0.0.1 - - [26/Nov/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5\n',
    ],
    run(input) {
      refusing(TraceError, () => {
        const read = createLineReader();
        for (const [index, line] of input.split('\n').entries()) read(line, index + 1);
      });
    },
  },
];

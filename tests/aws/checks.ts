/** What is checked of a deployed stage: its levels, its control, its health, its refusals, its CORS. */
import assert from 'node:assert/strict';
import { answerOf, BY_THE_BOOK } from '../flow/by-the-book.ts';
import type { Target } from './stage.ts';

/** One check. */
export interface Check {
  readonly name: string;
  /** What of AWS it needs that an emulator has not; then it is not run there. */
  readonly onlyOnAws?: string;
  /** Ends with a few words of what was seen. Throws where it does not hold. */
  run(target: Target): Promise<string>;
}

type LevelName = 1 | 2 | 3;

/** How long a request may take, in milliseconds: longer than the gateway waits. */
const REQUEST_MS = 35_000;

/** How many requests more than the rules say a level may take: a row may be read a moment old. */
const LATE = 6;

/** POSTs to the service, and reads the answer. */
export async function post(target: Target, body: string, type = 'application/json') {
  const response = await fetch(`${target.url}/service-api`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  const text = await response.text();
  return { status: response.status, level: response.headers.get('X-Service-Level'), text };
}

async function statusOf({ gateway }: Target) {
  const { status, body } = await gateway.send('GET', '/circuit-breaker');
  assert.equal(status, 200);
  return body as { readonly currentLevel: number; readonly history: readonly Changed[] };
}

interface Changed {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Sends one outcome until the level is another; every answer is that of the level that it names. */
async function until(level: LevelName, target: Target, error: boolean, atMost: number) {
  for (let sent = 1; sent <= atMost + LATE; sent += 1) {
    const reply = await post(target, JSON.stringify({ error }));
    const served = { ...BY_THE_BOOK, level: Number(reply.level) as LevelName };
    const expected = answerOf(served, error);
    assert.deepEqual({ status: reply.status, body: JSON.parse(reply.text) as unknown }, expected);
    if ((await statusOf(target)).currentLevel === level) return sent;
  }
  throw new Error(`level ${level} must come within ${atMost} requests and ${LATE} more`);
}

const walk: Check = {
  name: 'walks 1 → 2 → 3 → 2 → 1 by errors, probes and successes',
  async run(target) {
    assert.equal((await statusOf(target)).currentLevel, 1);
    const sent = [
      await until(2, target, true, 5),
      await until(3, target, true, 5),
      await until(2, target, false, 10),
      await until(1, target, false, 10),
    ];
    const { history } = await statusOf(target);
    const changes = history.map(({ from, to, reason }) => `${from} → ${to} ${reason}`);
    assert.deepEqual(changes, ['1 → 2 errors', '2 → 3 errors', '3 → 2 probes', '2 → 1 successes']);
    return `after ${sent.join(', ')} requests`;
  },
};

const pins: Check = {
  name: 'is pinned and released by who signs, and by nobody else',
  async run(target) {
    const { gateway, credentials: signer } = target;
    const body = { level: 3, reason: 'trial' };
    const path = '/circuit-breaker/override';
    const unsigned = await gateway.send('PUT', path, { body });
    assert.ok([403, 404].includes(unsigned.status), `unsigned: ${unsigned.status}`);
    assert.equal((await gateway.send('PUT', path, { body, signer })).status, 200);
    const pinned = await post(target, '{"error":false}');
    assert.deepEqual([pinned.status, pinned.level], [503, '3']);
    assert.equal((await gateway.send('DELETE', path, { signer })).status, 200);
    const reset = await gateway.send('POST', '/circuit-breaker/reset', {
      body: { reason: 'trial' },
      signer,
    });
    assert.equal(reset.status, 200);
    assert.equal((await statusOf(target)).currentLevel, 1);
    return `unsigned ${unsigned.status}, signed 200, pinned 503`;
  },
};

const health: Check = {
  name: 'says that it lives and is ready',
  async run({ gateway }) {
    const statuses = [];
    for (const path of ['/health', '/health/liveness', '/health/readiness']) {
      const { status } = await gateway.send('GET', path);
      assert.equal(status, 200, path);
      statuses.push(status);
    }
    return statuses.join(', ');
  },
};

const preflight: Check = {
  name: 'answers a preflight',
  async run({ gateway }) {
    const { status, headers } = await gateway.send('OPTIONS', '/service-api');
    assert.ok(status === 200 || status === 204, `got ${status}`);
    assert.equal(headers.get('Access-Control-Allow-Origin'), '*');
    return String(headers.get('Access-Control-Allow-Methods'));
  },
};

const unknownPath: Check = {
  name: 'answers an unknown path with JSON',
  async run({ gateway }) {
    const { status } = await gateway.send('GET', '/nothing');
    assert.equal(status, 404);
    return '404';
  },
};

/** Refused before an execution, each with JSON of the contract. */
const REFUSALS = [
  [400, '{"error":"yes"}', 'application/json'],
  [400, 'no JSON', 'application/json'],
  [415, '{}', 'image/png'],
  [413, JSON.stringify({ text: 'x'.repeat(260_000) }), 'application/json'],
] as const;

const refusals: Check = {
  name: 'refuses what is no request, and counts none of it',
  async run(target) {
    for (const [expected, body, type] of REFUSALS) {
      const { status, text } = await post(target, body, type);
      assert.equal(status, expected, `${type} ${body.slice(0, 20)}: ${text.slice(0, 200)}`);
      assert.equal((JSON.parse(text) as { readonly status: number }).status, expected);
    }
    assert.equal((await statusOf(target)).currentLevel, 1);
    return REFUSALS.map(([status]) => status).join(', ');
  },
};

const throughGateway: Check = {
  name: 'serves /service-api from the API itself, all of the request arriving',
  onlyOnAws: 'REST → Step Functions',
  async run({ gateway }) {
    const body = { error: false, text: `"'\\$#set($x=1) é🙂\u2028\u007f` };
    const { status, body: said, headers } = await gateway.send('POST', '/service-api', { body });
    assert.equal(status, 200);
    assert.deepEqual(said, answerOf(BY_THE_BOOK, false).body);
    return `${status}, level ${String(headers.get('X-Service-Level'))}`;
  },
};

/** In the order that they are made. */
export const CHECKS: readonly Check[] = [
  health,
  preflight,
  unknownPath,
  throughGateway,
  refusals,
  walk,
  pins,
];

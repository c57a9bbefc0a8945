/** One request of a user, with the checks on its answer and what is measured of it. */
import { check, sleep } from 'k6';
import http from 'k6/http';
import { Counter, Gauge, Trend } from 'k6/metrics';
import type { Level } from '../../lib/level/level.ts';
import { judge, KINDS, type Judged, type Kind } from './contract.ts';

const counters = Object.fromEntries(
  KINDS.map((kind) => [kind, new Counter(`answers_${kind}`)]),
) as Record<Kind, Counter>;
const serviceLevel = new Gauge('service_level');
/** One sample an answer, with everything the report draws in its tags. */
const answerMs = new Trend('answer_ms', true);

/** How long an answer may take: longer than the service's own 25 s, so that it is the one to give up. */
const TIMEOUT = '30s';

/** A server that is gone refuses at once: without a pause users would spin, 10,000 times a second. */
const NO_ANSWER_PAUSE_SECONDS = 1;

const HEADERS = { 'Content-Type': 'application/json' };
const BODIES = { true: '{"error":true}', false: '{"error":false}' } as const;

/** Sends one request and holds its answer against the contract. */
export function ask(
  url: string,
  asked: { readonly error: boolean; readonly allowFailOpen: boolean },
): Level | null {
  const response = http.post(url, BODIES[`${asked.error}`], { headers: HEADERS, timeout: TIMEOUT });
  const body = typeof response.body === 'string' ? response.body : '';
  const judged = judge({ status: response.status, body, headers: response.headers }, asked);
  check(
    judged,
    Object.fromEntries(
      Object.keys(judged.checks).map((name) => [
        name,
        ({ checks }: Judged) => checks[name] === true,
      ]),
    ),
  );
  counters[judged.kind].add(1);
  if (judged.level !== null) serviceLevel.add(judged.level);
  answerMs.add(response.timings.duration, {
    kind: judged.kind,
    level: String(judged.level ?? ''),
    ...(judged.kind === 'outside' && { why: describe(judged, response.status, response.error) }),
  });
  if (response.status === 0) sleep(NO_ANSWER_PAUSE_SECONDS);
  return judged.level;
}

/** What was wrong in one line; bodies are left out, they would make every line another. */
function describe(judged: Judged, status: number, error: string): string {
  // The client's port would make each line another, too.
  if (status === 0) return `no answer: ${error.replace(/:\d+->/, '->')}`;
  const failed = Object.entries(judged.checks).filter(([, isOk]) => !isOk);
  return `status ${status}; not so: ${failed.map(([name]) => name).join(' · ')}`;
}

/** One request of a game day, and what its answer was. */
import { isLevel } from '../../lib/level/level.ts';
import { judge, type Kind } from '../k6/contract.ts';
import type { Answer } from '../report/samples.ts';

/** How long a client waits, in milliseconds: longer than the workflow's 25 s. */
const LIMIT_MS = 30_000;

const KIND_OF_LEVEL: Readonly<Record<1 | 2 | 3, Kind>> = {
  1: 'full',
  2: 'degraded',
  3: 'maintenance',
};

/**
 * Sends one request and holds its answer against the contract.
 *
 * @param isDemo The demo's answers are known to the word; those of an upstream are its own.
 */
export async function ask(
  url: string,
  { error, isDemo }: { readonly error: boolean; readonly isDemo: boolean },
): Promise<Answer> {
  const startedAt = performance.now();
  const done = (answer: Pick<Answer, 'kind' | 'level' | 'why'>): Answer => ({
    atMs: Date.now(),
    durationMs: performance.now() - startedAt,
    ...answer,
  });
  try {
    const response = await fetch(`${url}/service-api`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ error }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const body = await response.text();
    return done(isDemo ? demoAnswer(response, body, error) : anyAnswer(response, body));
  } catch (cause) {
    return done({ kind: 'outside', level: null, why: `no answer: ${(cause as Error).message}` });
  }
}

const CONTRACT_HEADERS = ['X-Service-Level', 'X-Service-Fail-Open', 'Content-Type', 'Retry-After'];

function demoAnswer({ status, headers }: Response, body: string, error: boolean) {
  const given = CONTRACT_HEADERS.map((name) => [name, headers.get(name) ?? undefined] as const);
  const received = { status, body, headers: Object.fromEntries(given) };
  const { kind, level, checks } = judge(received, { error, allowFailOpen: false });
  const failed = Object.entries(checks).filter(([, holds]) => !holds);
  return { kind, level, why: failed.map(([what]) => what).join('; ') };
}

/** What every answer has, whoever made its body. */
function anyAnswer({ status, headers }: Response, body: string) {
  const level = Number(headers.get('X-Service-Level'));
  if (!isLevel(level))
    return { kind: 'outside', level: null, why: `${status} without a level` } as const;
  if (status === 503 && level === 3 && headers.get('Retry-After') === null) {
    return { kind: 'outside', level, why: '503 without Retry-After' } as const;
  }
  if (status >= 500 && level < 3) return { kind: 'error', level, why: body.slice(0, 100) } as const;
  return { kind: KIND_OF_LEVEL[level], level, why: '' };
}

/** Lambda: GET /circuit-breaker, the level rows as JSON. */
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from '../lib/runtime/level-runtime.ts';
import { readStatus } from '../lib/runtime/level-status.ts';
import { answerProxy, senderOf, type ProxyEvent } from '../lib/runtime/proxy.ts';
import { redacted } from '../lib/runtime/redact.ts';
import { RowMalformedError } from '../lib/store/errors.ts';

/**
 * Makes the handler of an API Gateway proxy event. What operators said, and who they are, is for callers whom the
 * gateway knows: where the status is open, it knows nobody.
 */
export const createHandler = (runtime: LevelRuntime) => async (event: unknown) => {
  const answer = await answerProxy(
    event,
    Object.keys(runtime.scopes),
    async (request, scope) => {
      const status = await describe(runtime, request, scope);
      return senderOf(request).by === undefined ? redacted(status) : status;
    },
    (error) => runtime.telemetry.error('status failed', { error }),
  );
  // Any page may read the status; behind a proxy integration only the function can say so.
  return { ...answer, headers: { ...answer.headers, 'Access-Control-Allow-Origin': '*' } };
};

export const handler = lazyHandler(createHandler, levelRuntimeFromEnv);

/** One scope where the query names it; otherwise the default scope, and every scope beside it. */
async function describe(
  runtime: LevelRuntime,
  { queryStringParameters }: ProxyEvent,
  scope: string,
) {
  if (queryStringParameters?.['scope'] !== undefined) return readStatus(runtime, scope);
  const names = Object.keys(runtime.scopes).filter((name) => name !== scope);
  const [status, ...others] = await Promise.all([
    readStatus(runtime, scope),
    ...names.map((name) => statusOrProblem(runtime, name)),
  ]);
  const rows = names.map((name, index) => [name, others[index]] as const);
  return { ...status, scopes: { [scope]: status, ...Object.fromEntries(rows) } };
}

/** A malformed row of one scope hides no other. */
async function statusOrProblem(runtime: LevelRuntime, scope: string) {
  try {
    return await readStatus(runtime, scope);
  } catch (error) {
    if (error instanceof RowMalformedError) return { scope, problem: error.message };
    throw error;
  }
}

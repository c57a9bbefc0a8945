/** Lambda: GET /circuit-breaker, the level row of a scope as JSON. */
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from '../lib/runtime/level-runtime.ts';
import { answerProxy } from '../lib/runtime/proxy.ts';
import { stateKeyOf } from '../lib/store/level-store.ts';
import { stateOf } from '../lib/store/row.ts';
import { describeStatus } from '../lib/store/status.ts';

/** Makes the handler of an API Gateway proxy event. */
export const createHandler = (runtime: LevelRuntime) => async (event: unknown) => {
  const { protocol, scopes, telemetry } = runtime;
  const answer = await answerProxy(
    event,
    scopes,
    async (_event, scope) => {
      const stateKey = stateKeyOf(scope);
      const state = stateOf(stateKey, await protocol.store.read(stateKey));
      return describeStatus(scope, state, protocol.policyOf(state.policy, scope));
    },
    (error) => telemetry.error('status failed', { error }),
  );
  // Any page may read the status; behind a proxy integration only the function can say so.
  return { ...answer, headers: { ...answer.headers, 'Access-Control-Allow-Origin': '*' } };
};

export const handler = lazyHandler(createHandler, levelRuntimeFromEnv);

/** The status with what is wrong with the folder that the rows are kept in; on AWS there is none. */
import type { ProxyAnswer } from '../runtime/proxy.ts';
import type { LambdaHandler } from './interpreter-engine.ts';

/**
 * Adds the problems to the status.
 *
 * @param problems Asked for with each status; where there are none, the status is as it was.
 */
export function withStorage(
  getState: LambdaHandler,
  problems: () => Promise<readonly string[]>,
): LambdaHandler {
  return async (event) => {
    const answer = (await getState(event)) as ProxyAnswer;
    const found = answer.statusCode === 200 ? await problems() : [];
    if (found.length === 0) return answer;
    const body = JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
    return { ...answer, body: JSON.stringify({ ...body, storage: { problems: found } }) };
  };
}

/** The policy of a deployment, and what the workflow is told of it. */
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { deployedIn, readScopes } from '../lib/runtime/scopes.ts';

/** The preset of the scopes that name none: that of real traffic where an API of your own serves. */
export async function name({ resolveVariable }) {
  const [policy, upstream] = await Promise.all([
    resolveVariable('param:policy'),
    resolveVariable('param:fullUpstreamUrl'),
  ]);
  if (policy !== '') return policy;
  return upstream === '' ? 'classic' : 'production';
}

/** Whether the faces of the default scope know each other's Idempotency-Keys: two APIs need not. */
export async function sharedIdempotency({ resolveVariable }) {
  const [given, upstream] = await Promise.all([
    resolveVariable('param:sharedIdempotency'),
    resolveVariable('param:fullUpstreamUrl'),
  ]);
  return String(given === '' ? upstream === '' : given);
}

/** JSON for the input of a tick, and the same as text inside JSON, for the template of a request. */
const json = (scope) => async (given) =>
  JSON.stringify(deployedInput(deployedIn(readScopes(), scope, await name(given)).policy));
const text = (scope) => async (given) => JSON.stringify(await json(scope)(given)).slice(1, -1);

export const tickOfDefault = json('default');
export const tickOfAccount = json('account');
export const requestOfDefault = text('default');
export const requestOfAccount = text('account');

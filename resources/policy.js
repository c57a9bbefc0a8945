/** The policy of a deployment, and what the workflow is told of it. */
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { deployedIn, readScopes } from '../lib/runtime/scopes.ts';
import { parameters } from './parameters.js';

/** The preset of the scopes that name none: that of real traffic where an API of your own serves. */
export async function name(given) {
  const { policy, fullUpstreamUrl: upstream } = await parameters(given);
  if (policy !== '') return policy;
  return upstream === '' ? 'classic' : 'production';
}

/** Whether the faces of the default scope know each other's Idempotency-Keys: two APIs need not. */
export async function sharedIdempotency(given) {
  const { sharedIdempotency: shared, fullUpstreamUrl: upstream } = await parameters(given);
  return String(shared === '' ? upstream === '' : shared);
}

/** JSON for the input of a tick, and the same as text inside JSON, for the template of a request. */
const json = (scope) => async (given) =>
  JSON.stringify(deployedInput(deployedIn(readScopes(), scope, await name(given)).policy));
const text = (scope) => async (given) => JSON.stringify(await json(scope)(given)).slice(1, -1);

export const tickOfDefault = json('default');
export const tickOfAccount = json('account');
export const requestOfDefault = text('default');
export const requestOfAccount = text('account');

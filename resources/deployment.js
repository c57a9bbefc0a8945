/** What a deployment is made of: its stage, its services, and the policy of those that name none. */
import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { moduleProblem } from '../lib/runtime/module-files.ts';
import { parameters } from './parameters.js';
import { readScopes, servedScopes } from '../lib/runtime/scopes.ts';
import { ConfigError } from '../lib/runtime/settings.ts';

const CONTRACT = new URL('../docs/openapi.yaml', import.meta.url);

/**
 * Throws where services.json does not validate, or names what is not there.
 *
 * @param file What services.json holds; by default what it does.
 */
export async function deploymentOf(resolveVariable, file) {
  const [stage, given] = await Promise.all([
    resolveVariable('sls:stage'),
    parameters({ resolveVariable }),
  ]);
  const { services: listed, fullUpstreamUrl: fullUrl, policy: named } = given;
  const { degradedUpstreamUrl: degradedUrl } = given;
  const { failOpenLevel, sharedIdempotency, subnetIds } = given;
  const upstream = fullUrl === '' ? undefined : fullUrl;
  const scopes = scopesOf(stage, file, { services: listed, upstream: fullUrl });
  return {
    stage,
    scopes,
    // That of real traffic where an API of one's own serves.
    policy: named !== '' ? named : upstream === undefined ? 'classic' : 'production',
    failOpenLevel,
    fullUpstreamUrl: fullUrl,
    degradedUpstreamUrl: degradedUrl,
    // Two APIs need not know each other's keys.
    sharedIdempotency: sharedIdempotency === '' ? false : String(sharedIdempotency) === 'true',
    isInVpc: subnetIds !== '',
    services: listed !== '' || upstream === undefined ? listed : 'default',
  };
}

/** For serverless.yml: ends the packaging with the sentence for what of services.json is refused. */
export async function checked({ resolveVariable }) {
  const stage = await resolveVariable('sls:stage');
  const { services, fullUpstreamUrl: upstream } = await parameters({ resolveVariable });
  try {
    readServed(stage, undefined, { services, upstream });
    return true;
  } catch (error) {
    // The framework prints the stack of what is thrown, and whoever deploys reads sentences.
    error.stack = `of stage ${stage}:\n${error.message}`;
    throw error;
  }
}

/** Beside the check: where it refuses, there are none, and what is made of them is thrown away. */
function scopesOf(stage, file, listed) {
  try {
    return readServed(stage, file, listed);
  } catch (error) {
    if (file !== undefined || !(error instanceof ConfigError)) throw error;
    return {};
  }
}

function readServed(stage, file, { services, upstream }) {
  const listed = {
    services: services === '' ? undefined : services.split(','),
    upstream: upstream === '' ? undefined : upstream,
  };
  const scopes = servedScopes(readScopes(stage, file), listed);
  refuseUnknown(scopes);
  return scopes;
}

/** The schema of a body by its name in the contract; absent: any JSON. */
export function schemaOf(name) {
  return schemas()[name ?? 'UpstreamRequest'];
}

function refuseUnknown(scopes) {
  for (const [scope, { module, body }] of Object.entries(scopes)) {
    const problem = module === undefined ? null : moduleProblem(scope, module);
    if (problem !== null) throw new ConfigError(problem);
    if (body !== undefined && schemaOf(body) === undefined) {
      const what = `services.json: ${scope}.body must be a schema in docs/openapi.yaml, got "${body}"`;
      throw new ConfigError(`${what}; did you mean ${closest(body, Object.keys(schemas()))}?`);
    }
  }
}

const schemas = () => parse(readFileSync(CONTRACT, 'utf8'), { merge: true }).components.schemas;

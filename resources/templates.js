/** The mapping templates, as they are deployed: without comments, with what is the route's in its place. */
import { readFileSync } from 'node:fs';
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { deployedIn, knowsKeys } from '../lib/runtime/scopes.ts';
import { stateKeyOf } from '../lib/store/level-store.ts';

const read = (name) =>
  readFileSync(new URL(`templates/${name}.vtl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('##'))
    .join('\n')
    .trimEnd();

const REQUEST = read('request');

export const ANSWER = read('answer');
export const REFUSAL = read('refusal');
export const THROTTLED = read('throttled');

/** The template of a route's requests; CloudFormation puts the workflow's ARN into it. */
export function requestTemplate(path, scope, { scopes, policy, failOpenLevel, sharedIdempotency }) {
  const entry = scopes[scope];
  const deployed = deployedInput(deployedIn(scopes, scope, policy).policy);
  const values = {
    Scope: scope,
    StateKey: stateKeyOf(scope),
    Signals: entry.signals,
    FailOpenLevel: failOpenLevel,
    KnowsKeys: knowsKeys(entry, sharedIdempotency),
    // Text inside JSON inside the template.
    Deployed: JSON.stringify(JSON.stringify(deployed)).slice(1, -1),
    // As the template escapes what came.
    Resource: path.replaceAll('/', String.raw`\\\/`),
  };
  return REQUEST.replaceAll(/<<(\w+)>>/g, (_all, name) => values[name]);
}

/** The mapping templates, as they are deployed: once for all routes, since a template of CloudFormation has 1 MB. */
import { readFileSync } from 'node:fs';
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { deployedIn, knowsKeys } from '../lib/runtime/scopes.ts';
import { REQUEST_LIMIT_BYTES } from '../lib/runtime/workflow.ts';
import { stateKeyOf } from '../lib/store/level-store.ts';

const read = (name) =>
  readFileSync(new URL(`templates/${name}.vtl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('##'))
    .join('\n')
    .trimEnd();

/** Where the texts stand, for every route to point at. */
export const MAPPINGS = {
  Templates: {
    request: { text: read('request') },
    answer: { text: read('answer') },
    refusal: { text: read('refusal') },
    throttled: { text: read('throttled') },
  },
};

const textOf = (name) => ({ 'Fn::FindInMap': ['Templates', name, 'text'] });

export const ANSWER = textOf('answer');
export const REFUSAL = textOf('refusal');
export const THROTTLED = textOf('throttled');

/** The template of a route's requests: what is its own, and then the text that all have. */
export function requestTemplate(path, scope, { scopes, policy, failOpenLevel, sharedIdempotency }) {
  const entry = scopes[scope];
  const deployed = deployedInput(deployedIn(scopes, scope, policy).policy);
  // In single quotes nothing is replaced. What stands in the input's text is escaped as what came is.
  const own = [
    `#set($scope='${scope}')`,
    `#set($stateKey='${stateKeyOf(scope)}')`,
    `#set($signals='${entry.signals}')`,
    `#set($failOpenLevel=${failOpenLevel})`,
    `#set($readReplicas=${entry.readReplicas})`,
    `#set($knowsKeys=${knowsKeys(entry, sharedIdempotency)})`,
    `#set($forwards=${entry.module === undefined})`,
    `#set($deployed='${JSON.stringify(JSON.stringify(deployed)).slice(1, -1)}')`,
    `#set($resource='${path.replaceAll('/', String.raw`\\\/`)}')`,
    `#set($resourceBytes=${path.replaceAll('/', String.raw`\/`).length})`,
    `#set($requestLimit=${REQUEST_LIMIT_BYTES})`,
  ];
  const machine = ["#set($machine='", { Ref: 'ServiceResiliencyWorkflow' }, "')"];
  return { 'Fn::Join': ['', [...machine, `${own.join('')}\n`, textOf('request')]] };
}

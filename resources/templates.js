/** The mapping templates, as they are deployed: once for all routes, since a template of CloudFormation has 1 MB. */
import { readFileSync } from 'node:fs';
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { deployedIn, knowsKeys } from '../lib/runtime/scopes.ts';
import { scopesByTenant } from '../lib/runtime/tenants.ts';
import { REQUEST_LIMIT_BYTES } from '../lib/runtime/workflow.ts';
import { stateKeyOf } from '../lib/store/level-store.ts';
import { isPool } from './callers.js';

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

const TENANTS = 'Tenants';

/**
 * Whose a request is, where its tenant has a scope of its own: once for each service, since its routes have it in common.
 * What came is compared, and goes nowhere else: no text of a client can name a scope.
 */
export function tenantMappings(scopes) {
  const own = Object.entries(scopes)
    .filter(([, { tenants }]) => tenants !== undefined)
    .map(([scope, entry]) => [scope, { text: tenantText(scope, entry) }]);
  return own.length === 0 ? {} : { [TENANTS]: Object.fromEntries(own) };
}

function tenantText(service, { tenants, auth }) {
  const cases = [...scopesByTenant(service, tenants)].map(
    ([value, scope], index) =>
      `#${index === 0 ? 'if' : 'elseif'}($tenant=='${value}')#set($scope='${scope}')#set($stateKey='${stateKeyOf(scope)}')#set($signals='direct')`,
  );
  return `${givenTenant(tenants.by, auth)}${cases.join('')}#end\n`;
}

/** A variable that is not there is '': in quotes, with the mark for it. */
function givenTenant({ kind, name }, auth) {
  if (kind === 'header') {
    const lower = name.toLowerCase();
    const map = '$input.params().get("header")';
    const one = `#if($name.toLowerCase()=='${lower}'&&$tenant=='')#set($given=${map}.get($name))#set($tenant="$!given")#end`;
    return `#set($tenant='')#foreach($name in ${map}.keySet())${one}#end`;
  }
  if (kind === 'path') {
    return `#set($given=$input.params().get("path").get("${name}"))#set($tenant="$!given")`;
  }
  const variables = {
    apiKey: 'context.identity.apiKeyId',
    account: 'context.identity.accountId',
    claim: `context.authorizer.${isPool(auth) ? 'claims.' : ''}${name}`,
    host: 'context.domainName',
  };
  const lower = kind === 'host' ? '#set($tenant=$tenant.toLowerCase())' : '';
  return `#set($tenant="$!${variables[kind]}")${lower}`;
}

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
  const ofTenant =
    entry.tenants === undefined ? [] : [{ 'Fn::FindInMap': [TENANTS, scope, 'text'] }];
  return { 'Fn::Join': ['', [...machine, `${own.join('')}\n`, ...ofTenant, textOf('request')]] };
}

/** What a deployment is made of: its stage, its services, and the policy of those that name none. */
import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { moduleProblem } from '../lib/runtime/module-files.ts';
import { EXPECTED_URL, problemOfUrl } from '../lib/runtime/upstream-url.ts';
import { readScopes, servedScopes } from '../lib/runtime/scopes.ts';

const CONTRACT = new URL('../docs/openapi.yaml', import.meta.url);

/**
 * Throws where services.json does not validate, or names what is not there.
 *
 * @param file What services.json holds; by default what it does.
 */
export async function deploymentOf(resolveVariable, file) {
  const given = async (name) => resolveVariable(`param:${name}`);
  const [stage, listed, named, failOpenLevel, sharedIdempotency, ...urls] = await Promise.all([
    resolveVariable('sls:stage'),
    ...['services', 'policy', 'failOpenLevel', 'sharedIdempotency', ...URLS].map(given),
  ]);
  const [fullUrl, degradedUrl] = urls;
  refuseUrls(urls);
  const upstream = fullUrl === '' ? undefined : fullUrl;
  const services = listed === '' ? undefined : listed.split(',');
  const scopes = servedScopes(readScopes(stage, file), { services, upstream });
  refuseUnknown(scopes);
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
    services: listed !== '' || upstream === undefined ? listed : 'default',
  };
}

const URLS = ['fullUpstreamUrl', 'degradedUpstreamUrl', 'probeUrl', 'fullProbeUrl'];

/** Which go together, and what a URL may be: as the functions would refuse it, but before there are any. */
function refuseUrls([full, degraded, probe, fullProbe]) {
  if ((degraded === '') !== (probe === '')) {
    throw new Error(
      'expected degradedUpstreamUrl and probeUrl together: nothing else shows that it is well',
    );
  }
  if (full === '' && (degraded !== '' || fullProbe !== '')) {
    throw new Error('expected fullUpstreamUrl where another URL is given, got none');
  }
  for (const [index, url] of [full, degraded, probe, fullProbe].entries()) {
    const problem = url === '' ? null : problemOfUrl(url);
    if (problem !== null) throw new Error(`${URLS[index]} ${EXPECTED_URL}, ${problem}`);
  }
}

/** The schema of a body by its name in the contract; absent: any JSON. */
export function schemaOf(name) {
  return schemas()[name ?? 'UpstreamRequest'];
}

function refuseUnknown(scopes) {
  for (const [scope, { module, body }] of Object.entries(scopes)) {
    const problem = module === undefined ? null : moduleProblem(scope, module);
    if (problem !== null) throw new Error(problem);
    if (body !== undefined && schemaOf(body) === undefined) {
      const what = `services.json: ${scope}.body must be a schema in docs/openapi.yaml, got "${body}"`;
      throw new Error(`${what}; did you mean ${closest(body, Object.keys(schemas()))}?`);
    }
  }
}

const schemas = () => parse(readFileSync(CONTRACT, 'utf8'), { merge: true }).components.schemas;

/** What POST /service-api takes: what the demo does or, where an API of your own serves, any JSON. */

/** The schema of the gateway's model. */
export async function schema({ resolveVariable }) {
  const name = (await isDemo(resolveVariable)) ? 'ServiceRequest' : 'UpstreamRequest';
  return resolveVariable(`file(docs/openapi.yaml):components.schemas.${name}`);
}

/** What the gateway says of another body, as text inside JSON; its own words name no field. */
export async function refusal({ resolveVariable }) {
  return (await isDemo(resolveVariable))
    ? String.raw`the body must be a JSON object whose \"error\", if given, is true or false`
    : 'the body must be JSON';
}

const URL_PARAMS = ['fullUpstreamUrl', 'degradedUpstreamUrl', 'probeUrl'];

/** Throws for URLs that the functions would refuse, since they go together. */
async function isDemo(resolveVariable) {
  const urls = await Promise.all(URL_PARAMS.map((name) => resolveVariable(`param:${name}`)));
  const missing = URL_PARAMS.filter((_name, index) => urls[index] === '');
  if (missing.length > 0 && missing.length < URL_PARAMS.length) {
    throw new Error(`expected ${URL_PARAMS.join(', ')} together, got no ${missing.join(', ')}`);
  }
  return missing.length > 0;
}

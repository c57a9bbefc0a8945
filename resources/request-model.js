/** What POST /service-api takes: what the demo does or, where an API of your own serves, any JSON. */

import { parameters } from './parameters.js';

/** The schema of the gateway's model. */
export async function schema(given) {
  const name = (await isDemo(given)) ? 'ServiceRequest' : 'UpstreamRequest';
  return given.resolveVariable(`file(docs/openapi.yaml):components.schemas.${name}`);
}

/** What the gateway says of another body, as text inside JSON; its own words name no field. */
export async function refusal(given) {
  return (await isDemo(given))
    ? String.raw`the body must be a JSON object whose \"error\", if given, is true or false`
    : 'the body must be JSON';
}

const isDemo = async (given) => (await parameters(given)).fullUpstreamUrl === '';

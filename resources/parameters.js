/** Checks the parameters before anything is made of them. */
import { checkParameters, PARAMETER_NAMES } from '../lib/runtime/parameters.ts';
import { ConfigError } from '../lib/runtime/settings.ts';

/** For serverless.yml: ends the packaging with a sentence for each parameter that is refused. */
export async function checked(given) {
  const asked = await read(given);
  try {
    checkParameters(asked);
    return true;
  } catch (error) {
    // The framework prints the stack of what is thrown, and whoever deploys reads sentences.
    if (error instanceof ConfigError) error.stack = `of stage ${asked.stage}:\n${error.message}`;
    throw error;
  }
}

/**
 * Every parameter by its name, for the modules that make something of them. They run beside the check: where
 * it refuses one, what they make is thrown away, and they are given none, so that it alone is heard.
 *
 * @param given What the framework hands to a module that it runs.
 */
export async function parameters(given) {
  const asked = await read(given);
  try {
    checkParameters(asked);
    return asked.values;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(PARAMETER_NAMES.map((name) => [name, '']));
  }
}

async function read({ options = {}, resolveVariable }) {
  const stage = await resolveVariable('sls:stage');
  const resolved = await Promise.all(
    PARAMETER_NAMES.map(async (name) => [name, await resolveVariable(`param:${name}`)]),
  );
  const named = (options.param ?? []).map((text) => text.slice(0, text.indexOf('=')));
  return { stage, named, values: Object.fromEntries(resolved) };
}

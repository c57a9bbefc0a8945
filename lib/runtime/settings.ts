/** How settings are read and refused; the only reader of the environment. */
import * as v from 'valibot';

/** Settings as text, by name. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** The environment has settings that do not validate; the message names each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
}

/**
 * Reads settings by their schema; others are left alone, since the environment holds more than ours.
 *
 * @param given Settings that go before the environment's.
 * @param env Where the others stand; empty values count as absent.
 * @throws ConfigError naming every setting that does not validate.
 */
export function readSettings<Entries extends v.ObjectEntries>(
  entries: Entries,
  given: Settings = {},
  env: Settings = process.env,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
  const present = Object.entries({ ...env, ...given }).filter(([, text]) => text);
  const texts: Settings = Object.fromEntries(present);
  const parsed = v.safeParse(v.object(entries), texts);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? '';
    return `${name} ${issue.message}, got ${shown(texts[name])}`;
  });
  throw new ConfigError(problems.join('\n'));
}

/** A URL may hold a key in its user, its path or its query: what is shown of one is where it leads. */
function shown(text = ''): string {
  const { protocol, host = '', username, password, pathname, search } = URL.parse(text) ?? {};
  const isBare = `${username}${password}${search}` === '' && pathname === '/';
  return JSON.stringify(host === '' || isBare ? text : `${protocol}//${host}/…`);
}

/** A setting with the words that `--help` says of it. */
export function described<Schema extends v.GenericSchema>(setting: Schema, words: string) {
  return v.pipe(setting, v.description(words));
}

/** One of a few words. */
export function oneOf<const Options extends readonly string[]>(options: Options) {
  return v.picklist(options, `must be one of ${options.join(', ')}`);
}

/** A text of a form that words describe. */
export function matching(pattern: RegExp, words: string) {
  return v.pipe(v.string(), v.regex(pattern, `must be ${words}`));
}

/** A whole number in a range, both ends included. */
export function integer(min: number, max: number) {
  const words = `must be an integer from ${min} to ${max}`;
  return v.pipe(
    v.string(),
    v.regex(/^\d+$/, words),
    v.transform(Number),
    v.minValue(min, words),
    v.maxValue(max, words),
  );
}

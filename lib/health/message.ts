/** What of a check's message may be shown to anybody who asks: no secret, path, address, value or stack. */
import type { HealthHost } from './host.ts';

/** The longest message, in characters. */
const LONGEST = 200;

/** Values of the environment shorter than this are words of their own: `dev`, `on`, `3000`. */
const SHORTEST_VALUE = 8;

/** What is replaced by what, in this order. */
const REPLACED: readonly (readonly [what: RegExp, by: string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '[url]'],
  [/\barn:\S+/g, '[arn]'],
  [/(^|[\s'"`(=,:])(?:\/[\w.@~-]+)+\/?/g, '$1[path]'],
  [/\b[A-Za-z]:\\\S+/g, '[path]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '[address]'],
  // A token, a key or a digest.
  [/[A-Za-z0-9+/_-]{32,}={0,2}/g, '[removed]'],
];

/**
 * The first line of a message, without what an answer must not hold.
 *
 * @param env Whose values of 8 characters and more are removed.
 * @returns At most 200 characters.
 */
export function publicMessage(message: unknown, env: HealthHost['env']): string {
  if (typeof message !== 'string') return '';
  // Far beyond what is shown, so that no message is work.
  const [line = ''] = message.slice(0, 4 * LONGEST).split(/[\r\n\u2028\u2029]/, 1);
  let text = withoutValues(line, env);
  for (const [what, by] of REPLACED) text = text.replaceAll(what, by);
  return text
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, LONGEST);
}

/** Longer values first: one may hold another. */
function withoutValues(line: string, env: HealthHost['env']): string {
  const values = Object.values(env)
    .filter((value) => value !== undefined)
    .filter((value) => value.length >= SHORTEST_VALUE && line.includes(value))
    .toSorted((a, b) => b.length - a.length);
  return values.reduce((text, value) => text.replaceAll(value, '[removed]'), line);
}

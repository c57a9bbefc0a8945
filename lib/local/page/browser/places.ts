/** Where the server has what the page asks for: its own paths may stand behind a prefix. */

/** '' or such as `/ops`: the script itself is at `/page/page.js` behind it. */
const PREFIX = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

/** A path of the product's own, as the server has it. */
export function own(path: `/${string}`): string {
  return `${PREFIX}${path}`;
}

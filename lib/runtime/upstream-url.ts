/** What the URL of an upstream must look like. */

import { CLOUD_MAP } from '../services/upstream-settings.ts';

/** Where settings and entries differ in nothing but their names. */
export const EXPECTED_URL = 'must be a URL such as https://api.example.com/orders';

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', CLOUD_MAP]);

const NO_CLOUD_MAP =
  'or cloudmap://namespace/service/path, got one without a namespace or a service, or with a port';

/** What is wrong with a URL, in words that show none of it, since it may hold a key; null if nothing is. */
export function problemOfUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null) return 'got no URL';
  if (!PROTOCOLS.has(url.protocol)) return `got one of ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'got one with credentials';
  if (url.href.includes('#')) return 'got one with a fragment';
  const isNamed = url.hostname !== '' && url.port === '' && /^\/[^/]/.test(url.pathname);
  return url.protocol !== CLOUD_MAP || isNamed ? null : NO_CLOUD_MAP;
}

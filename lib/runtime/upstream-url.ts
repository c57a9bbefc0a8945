/** What the URL of an upstream must look like. */

/** Where settings and entries differ in nothing but their names. */
export const EXPECTED_URL = 'must be a URL such as https://api.example.com/orders';

/** What is wrong with a URL, in words that show none of it, since it may hold a key; null if nothing is. */
export function problemOfUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null) return 'got no URL';
  if (!/^https?:$/.test(url.protocol)) return `got one of ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'got one with credentials';
  return url.href.includes('#') ? 'got one with a fragment' : null;
}

/** Which of several origins an answer names: the gateway's own headers are constants, so the face says it. */

/** What a service says of pages of other origins. */
export interface Cors {
  readonly origins?: readonly string[] | undefined;
  readonly credentials?: boolean | undefined;
}

/** The headers of an answer to a page; none where the gateway says them, or the page is no one that may read it. */
export function originHeaders(
  cors: Cors | 'off' | undefined,
  origin: string | undefined,
): Readonly<Record<string, string>> {
  if (cors === undefined || cors === 'off' || origin === undefined) return {};
  const { origins = ['*'], credentials = false } = cors;
  if (origins.length < 2 || !origins.includes(origin)) return {};
  return {
    'Access-Control-Allow-Origin': origin,
    Vary: 'Origin',
    ...(credentials && { 'Access-Control-Allow-Credentials': 'true' }),
  };
}

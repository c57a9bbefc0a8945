/** Requests of the page to its own server: what came of each, in words. */

/** An answer, read to its end. */
export interface Answered {
  readonly status: number;
  /** The level that served, where the answer says it. */
  readonly level: string | null;
  readonly body: unknown;
}

/** How long an answer may take, in milliseconds: longer than the workflow's 25 s, and than a preview may take. */
const LIMIT_MS = 60_000;

/** Sends a request; what does not come back is an answer with status 0. */
export async function call(method: string, path: string, body?: unknown): Promise<Answered> {
  try {
    const response = await fetch(path, {
      method,
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      level: response.headers.get('X-Service-Level'),
      body: parsed(text),
    };
  } catch {
    return { status: 0, level: null, body: { message: 'no answer: is the server running?' } };
  }
}

/** What an answer says of itself. */
export function messageOf({ status, body }: Answered): string {
  const { message, msg } = (body ?? {}) as { readonly message?: unknown; readonly msg?: unknown };
  const said = message ?? msg;
  return typeof said === 'string' ? `${status}: ${said}` : String(status);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

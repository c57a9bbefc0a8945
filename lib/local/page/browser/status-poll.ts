/** Reads the status at a constant low rate where nobody tells of it, and says when what is seen is old. */
import type { ScopeStatus } from './model.ts';

/** What a read told. */
export interface StatusRead {
  readonly scopes: Readonly<Record<string, ScopeStatus>>;
  /** The server's time, in epoch milliseconds. */
  readonly atMs: number;
}

/** Who is told. */
export interface PollListeners {
  readonly read: (read: StatusRead) => void;
  readonly told: (words: string, isBad: boolean) => void;
}

const ADVICE = 'Is there a network? The dashboard of CloudWatch has the same figures.';

/**
 * Begins to read, and never ends; while nobody sees the page it rests.
 *
 * @param everyMs How long a read may take, too.
 */
export function pollStatus(
  { url, everyMs }: { readonly url: string; readonly everyMs: number },
  { read, told }: PollListeners,
): void {
  let failures = 0;
  let isReading = false;
  const look = async () => {
    if (document.hidden || isReading) return;
    isReading = true;
    try {
      read(await readStatus(url, everyMs));
      failures = 0;
      told(`read every ${everyMs / 1_000} s`, false);
    } catch (error) {
      failures += 1;
      const seconds = Math.ceil((failures * everyMs) / 1_000);
      const why = error instanceof Error ? error.message : 'no answer';
      told(
        `The status cannot be read (${why}): what you see is older than ${seconds} s. ${ADVICE}`,
        true,
      );
    } finally {
      isReading = false;
    }
  };
  document.addEventListener('visibilitychange', () => void look());
  setInterval(() => void look(), everyMs);
  void look();
}

async function readStatus(url: string, limitMs: number): Promise<StatusRead> {
  const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(limitMs) });
  if (!response.ok) throw new Error(`it answers ${response.status}`);
  const { scopes } = (await response.json()) as Pick<StatusRead, 'scopes'>;
  const at = Date.parse(response.headers.get('Date') ?? '');
  return { scopes, atMs: Number.isNaN(at) ? 0 : at };
}

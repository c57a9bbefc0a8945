/** The levels of a service as a health check: one look reads them all, and shows whether the table answers. */
import type { HealthCheck } from './check.ts';
import type { LevelReport } from './document.ts';

/** Levels by scope; an error where one could not be read. */
export type LevelsRead<Report extends LevelReport = LevelReport> = Readonly<
  Record<string, Report | Error>
>;

const UNKNOWN: LevelReport = { level: null, pinned: false, since: null };

/** The check, and what its last look saw. */
export interface LevelsCheck<Report extends LevelReport> {
  readonly check: HealthCheck;
  readonly levels: () => Readonly<Record<string, Report | LevelReport>>;
}

/**
 * Makes the check. It is not critical: without its table the service serves at its fail-open level, and
 * who took it away then would make an outage of it.
 *
 * @param scopes Every scope, shown with an unknown level before the first look.
 * @param read Reads the level of each scope.
 * @param options.readiness Whether no request is taken while the level is unknown: where the fail-open
 *   level is 3.
 */
export function createLevelsCheck<Report extends LevelReport>(
  scopes: readonly string[],
  read: (signal: AbortSignal) => Promise<LevelsRead<Report>>,
  options: { readonly readiness: boolean; readonly timeout?: number },
): LevelsCheck<Report> {
  const unknown = Object.fromEntries(scopes.map((scope) => [scope, UNKNOWN]));
  let seen: Readonly<Record<string, Report | LevelReport>> = unknown;
  return {
    levels: () => seen,
    check: {
      name: 'level-table',
      critical: false,
      ...options,
      async check({ signal }) {
        const forget = () => {
          seen = unknown;
        };
        signal.addEventListener('abort', forget);
        let levels: LevelsRead<Report>;
        try {
          levels = await read(signal);
        } catch (error) {
          forget();
          throw error;
        } finally {
          signal.removeEventListener('abort', forget);
        }
        const failed = Object.keys(levels).filter((scope) => levels[scope] instanceof Error);
        // What comes after its time is not told.
        if (!signal.aborted) seen = knownOf(levels);
        return failed.length === 0
          ? { healthy: true, message: 'Every level can be read' }
          : { healthy: false, message: `No level of ${failed.join(', ')} can be read` };
      },
    },
  };
}

function knownOf<Report extends LevelReport>(
  levels: LevelsRead<Report>,
): Readonly<Record<string, Report | LevelReport>> {
  return Object.fromEntries(
    Object.entries(levels).map(([scope, it]) => [scope, it instanceof Error ? UNKNOWN : it]),
  );
}

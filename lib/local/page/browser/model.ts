/** What the page knows: what the feed told, kept within limits. */
import type { LevelStatus } from '../../../runtime/level-status.ts';
import type { ScopeSecond, Second, Served } from '../feed.ts';
import type { About } from '../about.ts';

/** A scope as the feed tells it; a malformed row has a problem in place of a level. */
export type ScopeStatus = LevelStatus | { readonly scope: string; readonly problem: string };

/** A change of the history. */
export type Change = LevelStatus['history'][number] & {
  /** Who did it, where the server tells. */
  readonly by?: string;
};

/** How many changes are shown of one scope. */
const MOST_CHANGES = 1_000;

/** How many seconds are plotted. */
const MOST_SECONDS = 300;

/** Everything that is shown. */
export class Model {
  readonly about: About;
  scope: string;
  statuses: Readonly<Record<string, ScopeStatus>> = {};
  seconds: readonly Second[] = [];
  last: Served | null = null;
  /** The server's time as a page without seconds knows it, in epoch milliseconds. */
  readAtMs: number;
  readonly #changes = new Map<string, Map<number, Change>>();

  constructor(about: About) {
    this.about = about;
    this.readAtMs = about.nowMs;
    this.scope = about.scopes[0] ?? 'default';
  }

  /** The status of the scope that is looked at; null while none is known. */
  get status(): LevelStatus | null {
    const status = this.statuses[this.scope];
    return status !== undefined && 'currentLevel' in status ? status : null;
  }

  /** The server's time as it was last told, in epoch milliseconds. */
  get nowMs(): number {
    return this.seconds.at(-1)?.atMs ?? this.readAtMs;
  }

  /** Those that are served: as the server says, or as it has rows of. */
  get scopes(): readonly string[] {
    const { scopes } = this.about;
    return scopes.length > 0 ? scopes : Object.keys(this.statuses);
  }

  /** @param isAnew Whether the seconds before are of another process. */
  addSeconds(seconds: readonly Second[], isAnew: boolean): void {
    const before = isAnew ? [] : this.seconds;
    this.seconds = [...before, ...seconds].slice(-MOST_SECONDS);
  }

  setStatuses(statuses: Readonly<Record<string, ScopeStatus>>): void {
    this.statuses = statuses;
    if (!(this.scope in statuses)) this.scope = this.scopes[0] ?? this.scope;
    for (const [scope, status] of Object.entries(statuses)) {
      if ('history' in status) this.#remember(scope, status);
    }
  }

  /** The changes of the scope, the newest first. */
  get changes(): readonly Change[] {
    return [...(this.#changes.get(this.scope)?.values() ?? [])].toSorted(
      (a, b) => b.epoch - a.epoch,
    );
  }

  /**
   * The level of the scope at the end of each of the seconds; null where nothing is known of it.
   *
   * By its changes: of a second that nobody looked at the feed knows the answers, but not the level.
   */
  get levels(): readonly (ScopeSecond['level'] | null)[] {
    const changes = this.changes.map(({ at, to }) => ({ atMs: Date.parse(at), to }));
    const before = this.changes.at(-1)?.from;
    return this.seconds.map(
      ({ atMs, scopes }) =>
        changes.find((change) => change.atMs <= atMs)?.to ??
        before ??
        scopes[this.scope]?.level ??
        null,
    );
  }

  #remember(scope: string, { history, epoch }: LevelStatus): void {
    const known = this.#changes.get(scope) ?? new Map<number, Change>();
    this.#changes.set(scope, known);
    // An epoch that goes back is another row: a table that was made anew.
    if ([...known.keys()].some((other) => other > epoch)) known.clear();
    for (const change of history) known.set(change.epoch, change);
    for (const old of [...known.keys()].slice(0, Math.max(0, known.size - MOST_CHANGES)))
      known.delete(old);
  }
}

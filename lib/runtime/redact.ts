/** The status for callers who are not known: without what operators said of their changes, and who they are. */
import type { Change } from '../level/state.ts';

/** The parts of a status in which operators have words. */
interface Told {
  readonly epoch: number;
  readonly transitionReason: string | null;
  readonly by?: string;
  readonly history: readonly Change[];
  readonly override?: { readonly reason: string; readonly until?: string | null };
}

/** A status with the scopes beside it; a row that nobody can read has a problem in its place. */
type Answer = Told & {
  readonly scopes?: Readonly<Record<string, Told | { readonly problem: string } | undefined>>;
};

/**
 * Leaves out reasons and names that operators gave, in the status and in that of every scope. Codes, levels and
 * times stay, and `redacted: true` says so.
 */
export function redacted(answer: Answer): object {
  const { scopes } = answer;
  if (scopes === undefined) return withoutWords(answer);
  const shown = Object.entries(scopes).map(([scope, it]) => [
    scope,
    it === undefined || 'problem' in it ? it : withoutWords(it),
  ]);
  return { ...withoutWords(answer), scopes: Object.fromEntries(shown) };
}

function withoutWords(told: Told): object {
  const { by: _by, override, history, epoch, ...rest } = told;
  return {
    ...rest,
    epoch,
    // Where an operator said why, those words stand here in place of the code.
    transitionReason: history.findLast((change) => change.epoch === epoch)?.reason ?? null,
    history: history.map(({ note: _note, by: _who, ...change }) => change),
    ...(override && { override: override.until === undefined ? {} : { until: override.until } }),
    redacted: true,
  };
}

/** Which of the listed breakers are told of, where not all can be. */
import type { BreakerRegistry, ListedBreaker } from '../breaker/vocabularies/registry.ts';

/** As many breakers as one document or one publication names. */
const MOST = 100;

/** Every listed breaker, at most 100; those that are not closed come first where there are more. */
export function tellingBreakers(registry: BreakerRegistry): readonly ListedBreaker[] {
  const listed = registry.list();
  if (listed.length <= MOST) return listed;
  const sorted = [...listed.filter((it) => !isClosed(it)), ...listed.filter(isClosed)];
  return sorted.slice(0, MOST);
}

function isClosed({ stats }: ListedBreaker): boolean {
  return stats.state === 'CLOSED';
}

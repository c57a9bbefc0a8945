/** Searches all orders of all meetings of some kinds of actors, judged by the oracle. */
import type { Level } from '../../lib/level/level.ts';
import { crowds, membersOf, type Kind } from './actors.ts';
import { Explorer } from './explorer.ts';
import { Oracle } from './oracle.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import type { Start } from './starts.ts';

/** What to search, and how far. */
export interface Search {
  readonly start: Start;
  readonly kinds: readonly Kind[];
  readonly sizes: readonly number[];
  /** The levels that a pin may pin, each in a search of its own. */
  readonly pins?: readonly Level[];
  /** A broken table. */
  readonly apply?: typeof applyWrite;
  /** Whether writes may arrive twice; false by default. */
  readonly repeats?: boolean;
}

/** What a search came across. */
export interface Found {
  readonly moments: number;
  readonly happened: ReadonlySet<string>;
}

/** @throws what the oracle objects to first, with the steps that led there. */
export async function explore(search: Search): Promise<Found> {
  const { start, kinds, sizes, pins = [1, 2, 3], apply = applyWrite, repeats = false } = search;
  const oracle = new Oracle();
  let moments = 0;
  for (const pinTo of pins) {
    const explorer = new Explorer(oracle, { apply, repeats });
    const members = membersOf(start.readAt, pinTo);
    for (const crowd of sizes.flatMap((size) => crowds(kinds, size))) {
      const actors = crowd.map((kind) => members[kind]);
      await explorer.explore(start.row, actors);
    }
    moments += explorer.moments;
  }
  return { moments, happened: oracle.happened };
}

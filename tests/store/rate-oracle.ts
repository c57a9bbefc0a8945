/** The judge of the search under a rate: every write by the rules, and the end by what must not be left. */
import type { Item } from '../../lib/store/level-store.ts';
import { Explorer, runAlone, type Judge, type Step } from './explorer.ts';
import { kindsAt, rateMembersOf, type RateKind, type RateMember } from './rate-actors.ts';
import { RATE_ALWAYS, RATE_WHEN_APPLIED, rateWriteOf, type RateWrite } from './rate-rules.ts';
import { dueOf, rateViewOf } from './rate-view.ts';
import { applyWrite } from '../../lib/simulation/table.ts';

class RateOracle implements Judge<RateMember> {
  readonly happened = new Set<string>();
  readonly #start: Item | undefined;

  constructor(start: Item | undefined) {
    this.#start = start;
  }

  step(step: Step<RateMember>): void {
    const write = rateWriteOf(step, this.#start);
    if (write === null) return;
    for (const [rule, holds] of Object.entries(RATE_ALWAYS)) demand(rule, holds(write));
    this.happened.add(happeningOf(write));
    const { after } = write;
    if (after === null) return;
    for (const [rule, holds] of Object.entries(RATE_WHEN_APPLIED)) {
      demand(rule, holds({ ...write, after }));
    }
  }

  async rest(item: Item | undefined, crashed: boolean): Promise<void> {
    const view = rateViewOf(item);
    if (view.pinned || dueOf(view) === null || this.#wasDue()) return;
    demand('nobody leaves a threshold passed', crashed);
    this.happened.add('a crash left something');
    const healed = rateViewOf(await runAlone(rateMembersOf(item).tick, item));
    demand(
      'one tick finishes what a crash left',
      dueOf(healed) !== dueOf(view) || healed.epoch > view.epoch,
    );
  }

  /** Where the meeting began with something left undone, it may stay so: nobody may have come by. */
  #wasDue(): boolean {
    return dueOf(rateViewOf(this.#start)) !== null;
  }
}

function happeningOf({ purpose, kind, before, after }: RateWrite): string {
  if (after === null) return `${purpose} refused`;
  if (purpose === 'move') return `${before.level} -> ${after.level}`;
  if (purpose === 'count') return `${kind} counted`;
  if (purpose !== 'step') return purpose;
  return after.item['rampStep'] === 0 ? 'retreat' : 'next step';
}

function demand(rule: string, holds: boolean): void {
  if (!holds) throw new Error(`violated: ${rule}`);
}

/** What a search came across. */
export interface RateFound {
  readonly moments: number;
  readonly happened: ReadonlySet<string>;
}

/** How far to search. */
export interface RateSearch {
  readonly row: Item | undefined;
  readonly sizes: readonly number[];
  readonly kinds?: readonly RateKind[];
  /** A broken table. */
  readonly apply?: typeof applyWrite;
}

/**
 * Searches all orders of all meetings of the kinds that mean something at a row.
 *
 * @throws what the judge objects to first, with the steps that led there.
 */
export async function exploreRate(search: RateSearch): Promise<RateFound> {
  const { row, sizes, kinds = kindsAt(row), apply = applyWrite } = search;
  const oracle = new RateOracle(row);
  const explorer = new Explorer(oracle, { apply });
  const members = rateMembersOf(row);
  for (const crowd of sizes.flatMap((size) => multisets(kinds, size))) {
    await explorer.explore(
      row,
      crowd.map((kind) => members[kind]),
    );
  }
  return { moments: explorer.moments, happened: oracle.happened };
}

function multisets(kinds: readonly RateKind[], size: number): RateKind[][] {
  if (size === 0) return [[]];
  return kinds.flatMap((kind, index) =>
    multisets(kinds.slice(index), size - 1).map((rest) => [kind, ...rest]),
  );
}

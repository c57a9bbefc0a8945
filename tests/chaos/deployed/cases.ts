/** What a row of the fault matrix says. */
import type { Fault } from './fates.ts';
import type { FunctionName, World } from './given.ts';
import type { Weathered } from './weather.ts';

/** Ends what was begun. */
export type End = () => Promise<void>;

/** One row: a fault, and the weather it comes in. */
export interface Case {
  readonly what: string;
  /** The level that it begins at (1). */
  readonly level?: 1 | 2 | 3;
  /** Whether CI's short form has it (false). */
  readonly short?: boolean;
  /** How many requests come (12), or what they last as long as. */
  readonly requests?: number | ((world: World) => Promise<unknown>);
  /** Which of them ask for an error; every second by default. */
  readonly fails?: (sent: number) => boolean;
  /** Whether a tick and a read of the status come as well (true). */
  readonly beside?: boolean;
  /** Calls that are met. */
  readonly faults?: readonly Fault[];
  /** What else is broken, and how it is mended; together with the faults. */
  readonly begin?: (world: World) => Promise<End>;
  /** What happens beside the requests. */
  readonly during?: (world: World) => Promise<unknown>;
  /** What is seen before anything is mended. */
  readonly held?: (world: World, weathered: Weathered) => void | Promise<void>;
  /** What is seen when all is well again. */
  readonly after?: (world: World) => Promise<void>;
}

/** Replaces the code of a function. */
export const codeThat =
  (how: 'crashes' | 'throws' | 'hangs', name: FunctionName) =>
  (world: World): Promise<End> =>
    world.broken.code(name, how);

/** Lets none of these functions run. */
export const noneOf =
  (...names: FunctionName[]) =>
  async (world: World): Promise<End> => {
    const ends = await Promise.all(names.map((name) => world.broken.concurrency(name)));
    return async () => {
      await Promise.all(ends.map((end) => end()));
    };
  };

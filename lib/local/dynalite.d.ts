/** What is used of dynalite, which ships no types: its store, its checks and its operations. */
declare module 'dynalite/db/index.js' {
  /** Where the tables are kept. */
  export interface Store {
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  }
  export function create(options: {
    /** Folder of the tables; in memory without one. */
    readonly path?: string;
    /** How long a new table stays in CREATING, in milliseconds; likewise a dropped one in DELETING. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
  }): Store;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';
  /** Throws a refusal for what is not of these types. */
  export function checkTypes(input: unknown, types: unknown): object;
  /** Throws a refusal; parses the expressions of the input into it. */
  export function checkValidations(
    input: object,
    types: unknown,
    custom: unknown,
    store: Store,
  ): void;
}

declare module 'dynalite/actions/*.js' {
  import type { Store } from 'dynalite/db/index.js';
  export default function act(
    store: Store,
    input: object,
    done: (error: unknown, output: unknown) => void,
  ): void;
}

declare module 'dynalite/validations/*.js' {
  export const types: unknown;
  export const custom: unknown;
}

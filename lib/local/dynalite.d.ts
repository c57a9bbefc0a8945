/** What is used of dynalite, which ships no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  interface Options {
    /** Folder of the table; in memory without one. */
    readonly path?: string;
    /** How long a new table stays in CREATING, in milliseconds. */
    readonly createTableMs?: number;
  }
  export default function dynalite(options?: Options): Server;
}

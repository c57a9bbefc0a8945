/** The table of what was tried: gathered from the attacks, printed when all are over. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { inject } from 'vitest';

const FILE = new URL('../../.cache/chaos.jsonl', import.meta.url).pathname;

declare module 'vitest' {
  interface ProvidedContext {
    /** How much of it is tried: 1 is all of it. */
    chaosShare: number;
  }
}

/** An attack, how often it was tried, and what came of it. */
export interface Tried {
  readonly what: string;
  readonly times: number;
  readonly result: string;
}

/** Adds a row to the table. */
export function tried(row: Tried): void {
  mkdirSync(dirname(FILE), { recursive: true });
  appendFileSync(FILE, `${JSON.stringify(row)}\n`);
}

/** So much of a number as this run is to try, at least one. */
export function share(of: number): number {
  return Math.max(1, Math.round(of * inject('chaosShare')));
}

/** Vitest's: begins a run, and ends it with the table. */
export function setup(): () => void {
  rmSync(FILE, { force: true });
  return () => {
    if (!existsSync(FILE)) return;
    const rows = readFileSync(FILE, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Tried);
    const lines = rows.map(({ what, times, result }) => `| ${what} | ${times} | ${result} |`);
    process.stdout.write(
      ['', '| tried | times | result |', '|---|---|---|', ...lines, ''].join('\n'),
    );
  };
}

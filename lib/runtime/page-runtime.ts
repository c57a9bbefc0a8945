/** What the live page of a deployed stage is made of: files that travel with its function, and where it runs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { systemClock, type Clock } from './clock.ts';
import { described, readSettings } from './settings.ts';

/** The folder of the files, from the function's root; packaging makes them. */
export const PAGE_FOLDER = '.cache/page';

/** What the function stands on. */
export interface PageRuntime {
  /** Reads one of the page's files. */
  readonly readText: (file: string) => Promise<string>;
  readonly stage: string;
  /** The address of the stage's CloudWatch dashboard. */
  readonly dashboard: string;
  readonly clock: Clock;
}

const SETTINGS = {
  STAGE: described(v.optional(v.string(), 'dev'), 'names the stage'),
  DASHBOARD_URL: described(v.optional(v.string(), ''), 'where its dashboard is'),
};

/**
 * Reads the environment.
 *
 * @param folder Where the files are; by default that of the function.
 */
export function pageRuntimeFromEnv(folder: string = join(process.cwd(), PAGE_FOLDER)): PageRuntime {
  const { STAGE: stage, DASHBOARD_URL: dashboard } = readSettings(SETTINGS);
  const texts = new Map<string, Promise<string>>();
  const readText = (file: string) => {
    const known = texts.get(file) ?? readFile(join(folder, file), 'utf8');
    texts.set(file, known);
    return known;
  };
  return { stage, dashboard, readText, clock: systemClock };
}

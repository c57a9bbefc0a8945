/** Writes dashboard.json; `npm run docs` runs it. */
import { writeFile } from 'node:fs/promises';
import { makeDashboard } from './dashboard.ts';

await writeFile(
  new URL('dashboard.json', import.meta.url),
  `${JSON.stringify(makeDashboard(), null, 2)}\n`,
);

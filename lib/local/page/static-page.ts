/** The files of the live page as a function serves them: made when a stage is packaged, the same for all stages. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { POLICY_REASONS } from '../../runtime/policy-reasons.ts';
import { POLICY_FIELDS } from '../../runtime/policy-schema.ts';
import type { About } from './about.ts';
import { buildAssets } from './assets.ts';
import { diagramOf, type Machine } from './diagram.ts';

/** How often an open page reads the status, in milliseconds: a function call and two reads of each row. */
const POLL_EVERY_MS = 5_000;

/**
 * Makes the files in a folder; whoever reads one meanwhile finds the old or the new.
 *
 * @param definition The parsed ASL file.
 * @returns their names.
 */
export async function writeStaticPage(
  folder: string,
  definition: unknown,
  everyMs: number = POLL_EVERY_MS,
): Promise<readonly string[]> {
  const { html, css, js } = await buildAssets('.');
  const about: Omit<About, 'nowMs'> = {
    place: 'aws',
    // Its function says which.
    stage: '',
    // The status does.
    scopes: [],
    requests: {},
    // From where the page is: below the name of the stage, or of a domain, and any prefix.
    poll: { url: '../circuit-breaker', health: '../health', everyMs },
    diagram: diagramOf(definition as Machine),
    fields: POLICY_FIELDS,
    reasons: POLICY_REASONS,
  };
  const files = {
    'page.html': html,
    'page.css': css,
    'page.js': js,
    'about.json': JSON.stringify(about),
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const fresh = join(folder, `.${process.pid}.${name}`);
    await writeFile(fresh, text);
    await rename(fresh, join(folder, name));
  }
  return Object.keys(files);
}

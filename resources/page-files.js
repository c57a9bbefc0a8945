/** The files of the live page: made here, they travel with the function that serves them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeStaticPage } from '../lib/local/page/static-page.ts';
import { PAGE_FOLDER } from '../lib/runtime/page-runtime.ts';

const MACHINE = new URL('../statemachines/service-resiliency.asl.json', import.meta.url);

const files = async () => {
  const names = await writeStaticPage(PAGE_FOLDER, JSON.parse(await readFile(MACHINE, 'utf8')));
  return names.map((name) => join(PAGE_FOLDER, name));
};

export { files as 'module.exports' };

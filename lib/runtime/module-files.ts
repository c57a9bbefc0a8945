/** Whether the module that an entry names is there: looked up in the project, never in a function. */
import { readdirSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';

const FOLDER = new URL('../../services/', import.meta.url);

/** What is wrong with the module of a scope; null where its file is there. */
export function moduleProblem(scope: string, module: string): string | null {
  const modules = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
  if (modules.includes(module)) return null;
  const near = modules.length > 0 ? `; did you mean ${closest(module, modules)}?` : '';
  return `services.json: ${scope}.module must be a file in services/, got "${module}"${near}`;
}

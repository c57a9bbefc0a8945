/** Which entries of services.json are services. */

/** What else stands there: names that no scope can have. */
const NO_SERVICES: ReadonlySet<string> = new Set(['$schema', 'controlPrefix']);

/** The services of what the file holds, each by its scope. */
export function serviceEntries(file: object): [scope: string, entry: unknown][] {
  return Object.entries(file).filter(([name]) => !NO_SERVICES.has(name));
}

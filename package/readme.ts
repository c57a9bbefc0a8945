/** The README of the package: the manual of the breaker, with links that lead to where things are there. */

/** @param manual docs/BREAKER.md, whose links are relative to docs/. */
export function readmeOf(manual: string): string {
  return manual.replaceAll(/\]\((?!https?:|#)([^)]+)\)/g, (_link, target: string) =>
    target.startsWith('CHANGELOG') ? `](${target})` : `](docs/${target})`,
  );
}

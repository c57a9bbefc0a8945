/** The pages of the package: those of the repository, with links that lead to where things are there. */
import { dirname, join, relative } from 'node:path/posix';

/** What is packed beside the compiled files: where it is in the repository, and where in the package. */
export const PACKED = [
  ['LICENSE', 'LICENSE'],
  ['docs/BREAKER.md', 'README.md'],
  ['docs/CHANGELOG.md', 'CHANGELOG.md'],
  ['docs/TESTING.md', 'docs/TESTING.md'],
  ['docs/breaker', 'docs/breaker'],
  ['docs/examples', 'docs/examples'],
] as const;

/** Where a path of the repository is in the package, or null. */
const placeOf = (path: string): string | null => {
  const packed = PACKED.find(([from]) => path === from || path.startsWith(`${from}/`));
  return packed === undefined ? null : packed[1] + path.slice(packed[0].length);
};

/**
 * A page as it is in the package. A link to what is not packed becomes its words.
 *
 * @param path Where it is in the repository.
 * @param text What it is there.
 */
export function pageOf(path: string, text: string): string {
  const here = dirname(placeOf(path) ?? path);
  return text.replaceAll(
    /\[([^\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]+)?\)/g,
    (_link, words: string, target: string, heading = '') => {
      const there = placeOf(join(dirname(path), target));
      return there === null ? words : `[${words}](${relative(here, there)}${heading})`;
    },
  );
}

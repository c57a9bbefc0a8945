/** The manifest of the package: made from the one of this repository, whose exports name the sources. */

/** What is read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Entries by their subpath, and the source of each. */
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const DESCRIPTION =
  'A circuit breaker for Node, browsers and the edge, with retry, time limits, hedging, bulkhead and rate limiter, in the words of opossum and gobreaker too';

const KEYWORDS = [
  'circuit-breaker',
  'resilience',
  'retry',
  'timeout',
  'bulkhead',
  'rate-limiter',
  'hedging',
  'fallback',
  'opossum',
  'gobreaker',
];

/** The oldest Node that requires an ES module. */
const NODE = '>=20.19.0';

const isSource = (path: string): boolean => path.endsWith('.ts');

/** The sources of the entries. */
export const sourcesOf = ({ exports }: Manifest): readonly string[] => [
  ...new Set(Object.values(exports).filter(isSource)),
];

/** How a file imports a package that it cannot be without, and one that it loads where it is used. */
const IMPORTS = { always: /from '([^'.][^']*)'/g, whenUsed: /import\('([^'.][^']*)'/g } as const;

/** The packages that compiled files import. */
function importedBy(texts: readonly string[], how: keyof typeof IMPORTS): readonly string[] {
  const names = texts.flatMap((text) =>
    [...text.matchAll(IMPORTS[how])].map(([, from = '']) => {
      const [scope, name] = from.split('/');
      return scope?.startsWith('@') === true ? `${scope}/${name}` : String(scope);
    }),
  );
  // Node's own come with it.
  return [...new Set(names)].filter((name) => !name.startsWith('node:')).toSorted();
}

/** @param texts The compiled files. */
export function manifestOf(manifest: Manifest, texts: readonly string[]) {
  const compiled = (source: string) => source.replace(/^\.\/lib/, './dist').replace(/\.ts$/, '');
  const exported = Object.entries(manifest.exports).map(([subpath, source]) => [
    subpath,
    isSource(source)
      ? { types: `${compiled(source)}.d.ts`, default: `${compiled(source)}.js` }
      : source,
  ]);
  const versionOf = (name: string) => {
    const version = manifest.dependencies[name];
    if (version === undefined) throw new Error(`expected ${name} among the dependencies, got none`);
    return version;
  };
  const dependencies = importedBy(texts, 'always').map((name) => [name, versionOf(name)]);
  const peers = importedBy(texts, 'whenUsed');
  const { name, version, license } = manifest;
  return {
    name,
    version,
    description: DESCRIPTION,
    keywords: KEYWORDS,
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: NODE },
    files: ['dist', 'docs', 'CHANGELOG.md'],
    exports: Object.fromEntries(exported) as Record<string, unknown>,
    dependencies: Object.fromEntries(dependencies) as Record<string, string>,
    peerDependencies: Object.fromEntries(peers.map((peer) => [peer, `^${versionOf(peer)}`])),
    peerDependenciesMeta: Object.fromEntries(peers.map((peer) => [peer, { optional: true }])),
  };
}

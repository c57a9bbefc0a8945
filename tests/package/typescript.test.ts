/** The tarball before the compiler: two of its versions, two ways to resolve, its own declarations checked too. */
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ended, entriesOf, installedBy, README, tenLines, type Project } from './project.ts';

const COMPILERS = {
  '5.9': join(inject('judges'), 'typescript/bin/tsc'),
  '7.0': new URL('../../node_modules/typescript/bin/tsc', import.meta.url).pathname,
};

const STRICT = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2023' } as const;

let project: Project;
beforeAll(async () => {
  project = await installedBy(process.execPath);
  await mkdir(join(project.folder, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types']) {
    await symlink(join(inject('judges'), name), join(project.folder, 'node_modules', name));
  }
  const all = await entriesOf(project);
  const ofTables = all.filter((entry) => /\/(guard|shared)$/.test(entry));
  const entries = all.filter((entry) => !ofTables.includes(entry));
  await writeFile(
    join(project.folder, 'tables.ts'),
    `${ofTables.map((entry, at) => `import * as entry${at} from '${entry}';`).join('\n')}
export const handler = entry0.withLevels({ table: 'A', full: async (_event: object) => 1, degraded: async () => 2, probe: () => {} });
export const answer: Promise<number | object> = handler({}, {});
export const breaker = new entry1.SharedCircuitBreaker({ service: 'a', operation: 'b', store: entry1.dynamoBreakerStore({ table: 'A' }) });
export const one: Promise<number> = breaker.execute(async () => 1);
`,
  );
  const imports = entries.map((entry, at) => `import * as entry${at} from '${entry}';`);
  const named = entries.map((_entry, at) => `entry${at}`);
  await cp(join(project.installed, 'docs/examples'), join(project.folder, 'examples'), {
    recursive: true,
    // The peers are not installed.
    filter: (name) => !/opossum|cockatiel/.test(name),
  });
  await writeFile(
    join(project.folder, 'entries.mts'),
    `${imports.join('\n')}\nexport { ${named.join()} };\n`,
  );
  await writeFile(join(project.folder, 'weather.mts'), await tenLines(README));
  await writeFile(join(project.folder, 'required.cts'), REQUIRED);
  await writeFile(join(project.folder, 'examples/package.json'), '{ "type": "module" }');
});
afterAll(() => project.remove());

const REQUIRED = `import { CircuitBreaker } from 'resilient-service-system/breaker';
const answer: Promise<number> = new CircuitBreaker().execute(async () => 1);
// @ts-expect-error: a string is not a number
const wrong: Promise<string> = new CircuitBreaker().execute(async () => 1);
export { answer, wrong };
`;

describe.each(Object.entries(COMPILERS))('TypeScript %s', (_version, tsc) => {
  const compiled = async (config: object): Promise<string> => {
    const name = `tsconfig.${JSON.stringify(config).replaceAll(/\W+/g, '-').slice(-60)}.json`;
    await writeFile(join(project.folder, name), JSON.stringify(config));
    return (await ended(process.execPath, [tsc, '-p', name], project.folder)).stdout;
  };

  test('with nodenext takes every entry, the ten lines, the examples, and a require()', async () => {
    const compilerOptions = {
      ...STRICT,
      module: 'nodenext',
      types: ['node'],
      allowImportingTsExtensions: true,
    };
    const include = ['*.mts', '*.cts', 'examples'];
    expect(await compiled({ compilerOptions, include })).toBe('');
  });

  test('with bundler takes every entry, the ten lines and the examples', async () => {
    const compilerOptions = {
      ...STRICT,
      module: 'esnext',
      moduleResolution: 'bundler',
      types: ['node'],
      allowImportingTsExtensions: true,
    };
    expect(await compiled({ compilerOptions, include: ['*.mts', 'examples'] })).toBe('');
  });

  test('takes the entries with the SDK, whose own declarations are its own', async () => {
    const compilerOptions = {
      ...STRICT,
      skipLibCheck: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      types: ['node'],
    };
    expect(await compiled({ compilerOptions, files: ['tables.ts'] })).toBe('');
  });

  test('with bundler takes the breaker in a browser, without the types of Node', async () => {
    const compilerOptions = {
      ...STRICT,
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2022', 'dom'],
      types: [],
    };
    expect(await compiled({ compilerOptions, files: ['weather.mts'] })).toBe('');
  });
});

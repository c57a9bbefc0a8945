/** The manual of the breaker: each block of code in it compiles and runs as it stands, each example prints what it says. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPILED } from '../local/process.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
/** Inside this package, so that a block finds it by its name. */
const BLOCKS = join(ROOT, '.cache/manual');

const exec = promisify(execFile);
const env = { ...process.env, ...COMPILED };
const run = (file: string, args: readonly string[]) => exec(file, args, { env });

const PAGES = [
  'docs/BREAKER.md',
  'docs/TESTING.md',
  ...(await readdir(join(ROOT, 'docs/breaker'))).map((name) => `docs/breaker/${name}`),
];
const texts = new Map(
  await Promise.all(
    PAGES.map(async (page) => [page, await readFile(join(ROOT, page), 'utf8')] as const),
  ),
);

const blocks = PAGES.flatMap((page) =>
  [...(texts.get(page) ?? '').matchAll(/^```[tj]s\n(.*?)^```$/gms)].map(([, code = ''], index) => ({
    name: `${page} block ${index + 1}`,
    file: join(BLOCKS, `${page.replaceAll(/\W/g, '-')}-${index + 1}.ts`),
    code,
  })),
);

beforeAll(async () => {
  await rm(BLOCKS, { recursive: true, force: true });
  await mkdir(BLOCKS, { recursive: true });
  for (const { file, code } of blocks) await writeFile(file, code);
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  await writeFile(join(BLOCKS, 'tsconfig.json'), JSON.stringify(config));
});

test('every block compiles', async () => {
  expect(blocks.length).toBeGreaterThan(12);
  const compiled = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', BLOCKS]);
  const output = await compiled.then(
    () => '',
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
  expect(output).toBe('');
});

test.concurrent.each(blocks)('$name runs', async ({ file }) => {
  await expect(run(process.execPath, [file])).resolves.toMatchObject({ stderr: '' });
});

test.each(PAGES)('%s links to what is there', (page) => {
  const targets = [...(texts.get(page) ?? '').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  const missing = targets
    .map(([, target = '']) => join(ROOT, dirname(page), target))
    .filter((path) => !existsSync(path));
  expect(missing).toEqual([]);
});

describe('an example', async () => {
  // A folder has packages of its own, and a command that runs it.
  const names = (await readdir(join(ROOT, 'docs/examples'))).filter((name) => name.endsWith('.ts'));

  test.concurrent.each(names.filter((name) => name !== 'server.ts'))(
    '%s prints what it says',
    async (name) => {
      const file = join(ROOT, 'docs/examples', name);
      const [, expected = 'nothing'] =
        /\/\* prints\n(.*)\*\/\n$/s.exec(await readFile(file, 'utf8')) ?? [];
      const { stdout } = await run(process.execPath, [file]);
      expect(stdout).toBe(expected);
    },
  );

  test('is linked by the manual', () => {
    const manual = texts.get('docs/BREAKER.md') ?? '';
    const linked = [...manual.matchAll(/\(examples\/([\w-]+\.ts)\)/g)].map(([, name = '']) => name);
    expect(linked.toSorted()).toEqual(names.filter((name) => name !== 'server.ts').toSorted());
  });
});

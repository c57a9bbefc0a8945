/** The tarball through esbuild: for Node, for a browser, and how much of it a user of one class takes. */
import { build, type BuildOptions } from 'esbuild';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { entriesOf, installedBy, README, tenLines, type Project } from './project.ts';

let project: Project;
beforeAll(async () => {
  project = await installedBy(inject('nodes')['20'] ?? '');
});
afterAll(() => project.remove());

async function bundled(contents: string, options: BuildOptions): Promise<string> {
  const { outputFiles, warnings } = await build({
    ...options,
    stdin: { contents, resolveDir: project.folder },
    bundle: true,
    minify: true,
    write: false,
  });
  expect(warnings).toEqual([]);
  return outputFiles?.map(({ text }) => text).join('') ?? '';
}

test('for Node, the ten lines are one file that runs on Node 20', async () => {
  const script = await bundled(await tenLines(README), { platform: 'node', format: 'esm' });
  expect(await project.script('bundle.mjs', script)).toMatchObject({
    code: 0,
    stdout: '{ degrees: 21 }\n',
  });
});

/** Those that ask the process of a service: its log, its memory, its addresses. */
const OF_NODE = /\/(discovery|health|metrics|utils)$/;

test('for a browser, every entry but those of a Node process is bundled, and runs without Node', async () => {
  const entries = (await entriesOf(project)).filter((entry) => !OF_NODE.test(entry));
  const named = entries.map((entry, at) => `export * as entry${at} from '${entry}';`).join('\n');
  const script = await bundled(named, { platform: 'browser', format: 'iife', globalName: 'lib' });
  const realm = createContext({
    AbortController,
    performance,
    setTimeout: () => 1,
    clearTimeout() {},
  });
  runInContext(script, realm);
  const answer = runInContext(`new lib.entry0.CircuitBreaker().execute(() => 'well')`, realm);
  await expect(answer).resolves.toBe('well');
});

test('CircuitBreaker alone is at most 21.5 KB minified', async () => {
  const contents = `export { CircuitBreaker } from 'resilient-service-system/breaker'`;
  const script = await bundled(contents, { platform: 'neutral', format: 'esm' });
  expect(script.length).toBeLessThanOrEqual(21_500);
});

test('an import whose names nobody uses leaves nothing behind', async () => {
  const contents = (await entriesOf(project)).map((entry) => `import '${entry}';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: project.folder },
    bundle: true,
    write: false,
    platform: 'node',
    logLevel: 'silent',
  });
  expect(outputFiles.map(({ text }) => text.trim()).join('')).toMatch(
    /^("use strict";)?(\(\(\) => \{\n\}\)\(\);)?$/,
  );
});

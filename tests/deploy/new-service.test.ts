/** The README's way to a service of one's own, to its end: the command, its test, the README's words, the package. */
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { copyProject, ROOT, withProjectNode } from './emulator/project-copy.ts';
import { TEMPLATE } from './packaged.ts';

const run = promisify(execFile);

/** What the generated test needs of the others. */
const TEST_FILES = ['tests/setup.ts', 'tests/vitest.config.ts', 'tests/services/requests.ts'];

/** Nothing is asked of AWS when packaging. */
const NO_ACCOUNT = { AWS_REGION: 'us-east-1' };

test('`npm run new -- service quotes`, its test, the README’s module and entry, and the package', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(readme)?.[1] ?? '';
  const project = await copyProject(NO_ACCOUNT);
  const { folder } = project;
  onTestFinished(() => project.remove());
  for (const file of TEST_FILES) await cp(join(ROOT, file), join(folder, file));
  // Where CI wants the counts of this run is no matter of the one within it.
  const { TEST_REPORT: _, ...env } = process.env;
  const here = { cwd: folder, env: withProjectNode(env) };

  const command = /^npm run new -- .*$/m.exec(block('shell'))?.[0] ?? '';
  const { stdout } = await run('bash', ['-c', command], here);
  expect(stdout).toContain('wrote services/quotes.ts\n');
  expect(stdout).toContain('wrote tests/services/quotes.test.ts\n');
  expect(stdout).toContain('added an entry to services.json\n');

  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const report = join(folder, 'report.json');
  const words = ['run', '--config', 'tests/vitest.config.ts', '--reporter', 'json', 'quotes'];
  await run(process.execPath, [vitest, ...words, '--outputFile', report], here);
  expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({
    numPassedTests: 5,
    numTotalTests: 5,
    success: true,
  });

  const file = join(folder, 'services.json');
  const entries = JSON.parse(await readFile(file, 'utf8')) as Record<string, object>;
  expect(entries).toHaveProperty('quotes');
  const { quotes } = JSON.parse(block('json')) as { readonly quotes: object };
  await writeFile(file, JSON.stringify({ ...entries, quotes }));
  await writeFile(join(folder, 'services/quotes.ts'), block('ts'));
  await project.serverless('package', '--stage', 'dev', '--package', 'out');

  const template = await readFile(join(folder, 'out', TEMPLATE), 'utf8');
  const { Resources: resources } = JSON.parse(template) as { readonly Resources: object };
  const made = Object.keys(resources).filter((id) => id.startsWith('ApiGatewayMethodQuotes'));
  expect(made.toSorted()).toEqual([
    'ApiGatewayMethodQuotesIdVarGet',
    'ApiGatewayMethodQuotesIdVarHead',
    'ApiGatewayMethodQuotesIdVarOptions',
    'ApiGatewayMethodQuotesOptions',
    'ApiGatewayMethodQuotesPost',
  ]);
}, 240_000);

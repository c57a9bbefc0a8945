/** The pipeline of docs/DEPLOY.md: its commands are there, its parameters are known, and it goes back where the smoke fails. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PARAMETER_NAMES } from '../../lib/runtime/parameters.ts';

const run = promisify(execFile);
const fileOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: string;
  readonly jobs: {
    readonly prod: {
      readonly env: Readonly<Record<string, string>>;
      readonly steps: readonly Step[];
    };
  };
}

const [, text = ''] = /^```yaml\n(.*?)^```$/ms.exec(fileOf('docs/DEPLOY.md')) ?? [];
const workflow = parse(text) as Workflow;
const { env, steps } = workflow.jobs.prod;
const runs = steps.flatMap(({ run: command }) => (command === undefined ? [] : [command]));

describe('the pipeline', () => {
  test('takes a role for the time of a run, and deploys one at a time', () => {
    expect(workflow.permissions).toEqual({ 'id-token': 'write', contents: 'read' });
    expect(workflow.concurrency).toBe(`deploy-${env['STAGE']}`);
    expect(steps.find(({ uses }) => uses?.startsWith('aws-actions/'))).toMatchObject({
      with: { 'role-to-assume': expect.stringContaining('DEPLOY_ROLE_ARN') },
    });
  });

  test('tests before it deploys, then looks, then goes back if it must', () => {
    const at = (words: RegExp) => steps.findIndex(({ run: command = '' }) => words.test(command));
    const order = [/npm test/, /deploy -- --stage prod/, /curl .*service-api/, /sls rollback/].map(
      at,
    );
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(order).not.toContain(-1);
    const smoke = steps[order[2] ?? -1];
    expect(steps[order[3] ?? -1]?.if).toBe(
      `failure() && steps.${smoke?.id}.conclusion == 'failure'`,
    );
  });

  test('names scripts and parameters that there are', () => {
    const { scripts } = JSON.parse(fileOf('package.json')) as { readonly scripts: object };
    const all = runs.join('\n');
    const named = [...all.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    const parameters = [...all.matchAll(/--param (\w+)=/g)].map(([, name]) => name);
    expect(parameters).toHaveLength(2);
    expect(PARAMETER_NAMES).toEqual(expect.arrayContaining(parameters));
    const [, output = 'none'] = /OutputKey=='(\w+)'/.exec(all) ?? [];
    expect(output).toBe('ServiceEndpoint');
  });

  test.each(runs)('is a script that bash takes: %s', async (command) => {
    // What the runner puts in before bash reads it.
    const script = command.replaceAll(/\$\{\{.*?\}\}/g, 'given');
    await expect(run('bash', ['-n', '-c', script])).resolves.toMatchObject({ stderr: '' });
  });
});

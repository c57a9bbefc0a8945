/** `npm run test:aws` against the emulator: a whole trial, one that fails, one that is interrupted; nothing stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { CHECKS } from '../../aws/checks.ts';
import { mostDollars, refusalOf } from '../../aws/plan.ts';
import { isGood, markdownOf } from '../../aws/report.ts';
import { identify } from '../../aws/stage.ts';
import { tryStage, type Report } from '../../aws/trial.ts';
import { awsEnv } from './aws.ts';
import { takeInventory } from './inventory.ts';
import { startMiniStack } from './ministack.ts';
import { ROOT } from './project-copy.ts';

const REGION = 'us-east-1';
const SCRIPT = join(ROOT, 'tests/aws/run.ts');

let endpoint: string;
let folder: string;
beforeAll(async () => {
  const emulator = await startMiniStack();
  ({ endpoint } = emulator);
  Object.assign(process.env, awsEnv(endpoint));
  folder = await mkdtemp(join(tmpdir(), 'resilient-trial-'));
  return async () => {
    await emulator.stop();
    await rm(folder, { recursive: true });
  };
});

/** Runs the command as a user does. */
function start(stage: string, ...args: readonly string[]) {
  const given = ['--stage', stage, '--requests', '20', '--out', folder, ...args];
  const child = spawn(process.execPath, [SCRIPT, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'exit') as Promise<[number]>;
  return { child, said, ended };
}

const resultsOf = ({ outcomes }: Report) =>
  Object.fromEntries(outcomes.map(({ name, result }) => [name, result]));

test('a whole trial passes, says what the emulator has not, and leaves nothing', async () => {
  const { ended, said } = start('trialone', '--endpoint', endpoint, '--yes');
  const [code] = await ended;
  const [printed, complaint] = await said;
  expect({ code, complaint }).toEqual({ code: 0, complaint: '' });
  expect(printed).toMatch(/^Account \d+ in us-east-1 at http:.*as arn:/);
  const files = await readdir(folder);
  const json = files.find((file) => /^trialone-.*\.json$/.test(file)) ?? '';
  const report = JSON.parse(await readFile(join(folder, json), 'utf8')) as Report;
  const onlyOnAws = CHECKS.filter((check) => check.onlyOnAws).map(({ name }) => name);
  expect(resultsOf(report)).toEqual({
    deploy: 'passed',
    ...Object.fromEntries(CHECKS.map(({ name }) => [name, 'passed'])),
    ...Object.fromEntries(onlyOnAws.map((name) => [name, 'not on the emulator'])),
    load: 'passed',
    removal: 'passed',
  });
  expect(report.measured).toMatchObject({ sent: 20, statuses: { 200: 20 } });
  const markdown = await readFile(join(folder, json.replace(/json$/, 'md')), 'utf8');
  expect(markdown).toBe(markdownOf(report));
  expect(await takeInventory(REGION)).toEqual({});
});

test('a check that fails is told of, and all is removed', async () => {
  const wanted = { stage: 'trialtwo', region: REGION, requests: 1, endpoint };
  const report = await tryStage(wanted, {
    identity: await identify(wanted),
    gatewayRole: 'account',
    checks: [{ name: 'falls', run: () => Promise.reject(new Error('it fell')) }],
    signal: new AbortController().signal,
    print: () => {},
  });
  expect(resultsOf(report)).toMatchObject({ deploy: 'passed', falls: 'failed', removal: 'passed' });
  expect(isGood(report)).toBe(false);
  expect(markdownOf(report)).toContain('| falls | failed | it fell |');
  expect(await takeInventory(REGION)).toEqual({});
});

test('Ctrl-C in the middle of the deploy removes what was made', async () => {
  const { child, ended, said } = start('trialthree', '--endpoint', endpoint, '--yes');
  // The plan is printed before the deploy begins; the stack comes with it.
  await once(child.stdout, 'data');
  await expect
    .poll(async () => (await takeInventory(REGION))['stacks'], { timeout: 60_000, interval: 50 })
    .toEqual(['resilient-service-trialthree']);
  child.kill('SIGINT');
  const [code] = await ended;
  const [printed] = await said;
  expect(code).toBe(130);
  expect(printed).toContain('✓ removal: nothing is left');
  expect(await takeInventory(REGION)).toEqual({});
});

describe('nothing is begun', () => {
  test('without credentials', async () => {
    const { ended, said } = start('trialfour', '--yes');
    const [code] = await ended;
    const [printed, complaint] = await said;
    expect([code, printed]).toEqual([1, '']);
    expect(complaint).toMatch(/^there must be credentials of an AWS account \(aws configure, /);
  });

  test('where nobody is there to be asked', async () => {
    const { ended, said } = start('trialfive', '--endpoint', endpoint);
    expect(await ended).toEqual([1, null]);
    const [printed, complaint] = await said;
    expect(printed).toMatch(/At most \$\d\.\d\d, .* and 50 minutes/);
    expect(complaint).toBe('there is nobody to ask; --yes makes it all the same\n');
  });

  test.each([
    [{ stage: 'prod' }, /--stage/],
    [{ stage: 'Trial' }, /--stage/],
    [{ requests: 20_001 }, /--requests/],
    [{ requests: 0.5 }, /--requests/],
    [{ endpoint: 'http://example.com' }, /--endpoint/],
  ])('for %j', (given, refusal) => {
    const wanted = { stage: 'trial', region: REGION, requests: 1, ...given };
    expect(refusalOf(wanted)).toMatch(refusal);
  });
});

test('the most that a trial may cost is a few dollars', () => {
  expect(mostDollars({ requests: 500 })).toBeLessThan(4);
  expect(mostDollars({ requests: 20_000 })).toBeLessThan(5);
});

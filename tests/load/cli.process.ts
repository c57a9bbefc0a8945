/** `npm run load` as a process: what it refuses, and what it makes of a k6 that is not one. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMPILED, givenFolder } from '../local/process.ts';
import { walk } from './given.ts';

const RUN = new URL('../../load/run.ts', import.meta.url).pathname;
const INSTALL = new URL('../../load/install-k6.ts', import.meta.url).pathname;
/** Answered by nothing: the port of discard is not for the unprivileged. */
const NOWHERE = 'http://127.0.0.1:9';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, ...args],
      { env: { PATH: process.env['PATH'], ...COMPILED, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** A program that answers as k6 does: its version, or these samples and thresholds. */
async function givenK6(options: {
  readonly kinds: readonly string[];
  readonly held: boolean;
}): Promise<string> {
  const file = join(await givenFolder(), 'k6');
  const samples = options.kinds.map((kind, index) => ({
    metric: 'answer_ms',
    type: 'Point',
    data: { time: `2026-01-01T00:00:0${index}Z`, value: 5, tags: { kind, level: '1', why: 'x' } },
  }));
  const thresholds = { 'count==0': { ok: options.held } };
  const source = `#!${process.execPath}
const args = process.argv.slice(2);
if (args[0] === 'version') {
  console.log('k6 v1.8.1 (a stand-in)');
} else {
  const [setting] = args.filter((text) => text.startsWith('SUMMARY_FILE='));
  const summary = { metrics: { answers_outside: { thresholds: ${JSON.stringify(thresholds)} } } };
  require('node:fs').writeFileSync(setting.slice(13), JSON.stringify(summary));
  for (const sample of ${JSON.stringify(samples)}) console.log(JSON.stringify(sample));
  process.exitCode = ${options.held ? 0 : 99};
}
`;
  await writeFile(file, source, { mode: 0o755 });
  return file;
}

/** A server that knows its level row and nothing else, and is gone after some answers. */
async function givenServer(answers = Infinity): Promise<string> {
  const history = walk(1, 2);
  let left = answers;
  const server = createServer((_request, response) => {
    left -= 1;
    if (left < 0) {
      response.destroy();
      return;
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ currentLevel: 3, epoch: 2, history }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('refuses in one line', () => {
  test.each([
    [['--scenario', 'ramp'], /^--url is missing: name the service to load.*\n$/],
    [['--url', 'localhost'], /^--scenario is missing: one of ramp, spike,.*\n$/],
    [
      ['--url', NOWHERE, '--scenario', 'rmap'],
      /^--scenario must be one of ramp, .*smoke, got rmap\n$/,
    ],
    [
      ['--url', 'ftp://127.0.0.1', '--scenario', 'ramp'],
      /^--url must be an http or https URL without a query, got ftp:\/\/127.0.0.1\n$/,
    ],
    [
      ['--url', NOWHERE, '--scenario', 'ramp', '--scale', '0'],
      /^--scale must be a number from 0.01 to 100, got 0\n$/,
    ],
    [['--url', NOWHERE, '--scenario', 'ramp', '--users', '5'], /^Unknown option '--users'.*\n$/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(RUN, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('a k6 that does not run', async () => {
    const args = ['--url', NOWHERE, '--scenario', 'smoke'];
    const { code, stderr } = await run(RUN, args, { K6_BIN: '/nowhere/k6' });
    expect(code).toBe(1);
    expect(stderr).toBe('K6_BIN: /nowhere/k6 is no k6 that runs\n');
  });

  test('a server that is not there, and a log that is not', async () => {
    const K6_BIN = await givenK6({ kinds: [], held: true });
    const args = ['--url', NOWHERE, '--scenario', 'smoke'];
    const noServer = await run(RUN, args, { K6_BIN });
    expect(noServer.code).toBe(1);
    expect(noServer.stderr).toMatch(
      /^GET \S+\/circuit-breaker: .*is the server running there\?\n$/,
    );
    const noLog = await run(RUN, [...args, '--log', 'nowhere.log'], { K6_BIN });
    expect(noLog.stderr).toBe('--log: nowhere.log cannot be read\n');
  });

  test('to build k6 without go', async () => {
    const folder = await givenFolder();
    const { code, stderr } = await run(INSTALL, [folder], { PATH: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^go is missing: install Go .*\n$/);
  });
});

test('--help names every scenario', async () => {
  const { code, stdout } = await run(RUN, ['--help']);
  expect(code).toBe(0);
  for (const name of ['ramp', 'spike', 'brown-out', 'recovery', 'soak', 'smoke']) {
    expect(stdout).toContain(`  ${name} `);
  }
});

describe('a run', () => {
  async function given(
    kinds: readonly string[],
    held: boolean,
    { more = [], answers }: { more?: readonly string[]; answers?: number } = {},
  ) {
    const out = join(await givenFolder(), 'report');
    const args = [
      '--url',
      `${await givenServer(answers)}/`,
      '--scenario',
      'smoke',
      '--out',
      out,
      ...more,
    ];
    const ended = await run(RUN, args, { K6_BIN: await givenK6({ kinds, held }) });
    const read = (name: string) => readFile(join(out, name), 'utf8');
    return { ...ended, read };
  }

  test('that passes ends with 0 and leaves a report', async () => {
    const { code, stdout, stderr, read } = await given(['full', 'degraded', 'error'], true);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Report: ');
    expect(await read('report.html')).toContain('Load: smoke, passed');
    expect(JSON.parse(await read('summary.json'))).toMatchObject({ requests: 3, failures: [] });
  });

  test('that misses a threshold ends with 1, and leaves a report all the same', async () => {
    const { code, stderr, read } = await given(['full', 'outside'], false);
    expect(code).toBe(1);
    expect(stderr).toContain('Failed: threshold missed: answers_outside count==0\n');
    expect(stderr).toContain('Failed: 1 answers were outside the contract\n');
    expect(await read('report.html')).toContain('Load: smoke, failed');
  });

  test('whose server is gone at the end ends with 1, and leaves a report all the same', async () => {
    const { code, stderr, read } = await given(['full', 'full'], true, { answers: 1 });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Failed: GET \S+: .*is the server running there\?\n$/);
    expect(await read('report.html')).toContain('Load: smoke, failed');
  });

  test('without any answer ends with 1', async () => {
    const { code, stderr } = await given([], true);
    expect(code).toBe(1);
    expect(stderr).toBe('k6 ended with 0 and had no answer; its words are above\n');
  });

  test('whose log is of another server ends with 1', async () => {
    const log = join(await givenFolder(), 'server.log');
    const line = { message: 'level changed', scope: 'default', from: 1, to: 2, reason: 'reset' };
    await writeFile(log, `${JSON.stringify({ ...line, epoch: 1 })}\n`);
    const { code, stderr } = await given(['full', 'full'], true, { more: ['--log', log] });
    expect(code).toBe(1);
    expect(stderr).toContain('Failed: log: the log says epoch 1: 1 → 2 (reset)');
  });
});

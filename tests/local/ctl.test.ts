/** The CLI: its words, what it prints, and a session with a running front. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readCommand, UsageError } from '../../lib/local/ctl/commands.ts';
import { formatStatus, parseStatus } from '../../lib/local/ctl/format.ts';
import { clientOf, givenService } from '../flow/given.ts';

const run = promisify(execFile);
const MAIN = new URL('../../lib/local/ctl/main.ts', import.meta.url).pathname;
const NOW_MS = Date.UTC(2026, 0, 2, 3, 0, 0);

const STATUS = {
  scope: 'default',
  currentLevel: 1,
  errorCount: 0,
  successCount: 0,
  epoch: 0,
  lastTransition: null,
  transitionReason: null,
  history: [],
  policy: {
    errorsToDegrade: 5,
    errorsToMaintenance: 10,
    successesToClear: 10,
    successesToFull: 10,
    probesToDegraded: 10,
  },
};

describe('the words of the CLI', () => {
  const read = (...args: string[]) => readCommand(args, NOW_MS);

  test.each([
    [['status'], { method: 'GET', path: '/circuit-breaker', scope: 'default' }],
    [['status', '--scope', 'account'], { scope: 'account' }],
    [['release'], { method: 'DELETE', path: '/circuit-breaker/override' }],
    [['reset'], { method: 'POST', path: '/circuit-breaker/reset', body: {} }],
    [['reset', '--reason', 'fixed'], { body: { reason: 'fixed' } }],
    [['pin', '3', '--reason', 'drill'], { method: 'PUT', body: { level: 3, reason: 'drill' } }],
    [
      ['pin', '2', '--reason', 'drill', '--for', '30m'],
      { body: { level: 2, reason: 'drill', until: '2026-01-02T03:30:00.000Z' } },
    ],
    [
      ['policy', 'errorsToDegrade=3', 'successesToFull=4'],
      { path: '/circuit-breaker/policy', body: { errorsToDegrade: 3, successesToFull: 4 } },
    ],
    [['policy', 'clear'], { body: {} }],
  ])('%o', (args, request) => {
    expect(read(...args).request).toMatchObject(request);
  });

  test.each([
    [['stauts'], 'there is no command stauts; there is status, pin, release, policy, reset, watch'],
    [['toString'], /^there is no command toString/],
    [['pin', '3'], /^pin takes a level and --reason/],
    [['pin', '--reason', 'x'], /^pin takes a level and --reason/],
    [
      ['pin', '3', '--reason', 'x', '--for', '30'],
      '--for must be a number with s, m, h or d such as 30m, got 30',
    ],
    [['policy'], /^policy takes NAME=NUMBER/],
    [['policy', 'errorsToDegrade'], /^policy takes NAME=NUMBER/],
    [['watch', '--every', '0'], '--every must be 0.1 to 3600 seconds, got 0'],
    [['status', '--stge', 'x'], /^Unknown option '--stge'/],
  ])('%o is refused', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});

describe('the status', () => {
  const show = (change: object) => formatStatus(parseStatus({ ...STATUS, ...change }), NOW_MS);

  test('of a service that was never called', () => {
    expect(show({})).toBe(
      [
        'default  LEVEL 1 FULL  epoch 0',
        '  0 of 5 errors to level 2, 0 of 10 successes to clear them',
        '  no change yet',
      ].join('\n'),
    );
  });

  test('says since when, how far to the next level, who pinned it, and what happened', () => {
    const at = '2026-01-02T02:55:00.000Z';
    const history = [
      { epoch: 6, from: 1, to: 2, at, reason: 'errors' },
      { epoch: 7, from: 2, to: 2, at, reason: 'pin' },
    ];
    const override = { reason: 'migration', until: '2026-01-02T04:00:00.000Z' };
    const row = { currentLevel: 2, errorCount: 6, epoch: 7, lastTransition: at, history, override };
    expect(show(row)).toBe(
      [
        `default  LEVEL 2 DEGRADED  since ${at} (5 min ago)  epoch 7`,
        '  6 of 10 errors to level 3, 0 of 10 successes to level 1',
        '  PINNED until 2026-01-02T04:00:00.000Z: migration',
        `  #6  ${at}  1 → 2 DEGRADED  (errors)`,
        `  #7  ${at}  stays at 2  (pin)`,
      ].join('\n'),
    );
  });

  test.each([
    [{ currentLevel: 3, successCount: 4 }, '4 of 10 probe successes to level 2'],
    [{ override: { reason: 'x' } }, 'PINNED until released: x'],
    [
      { override: { reason: 'x', until: '2026-01-01T00:00:00Z' } },
      'pin expired at 2026-01-01T00:00:00Z: x',
    ],
    [{ lastTransition: '2026-01-02T02:59:30Z' }, '(30 s ago)'],
    [{ lastTransition: '2026-01-01T00:00:00Z' }, '(27 h ago)'],
  ])('%o', (change, words) => {
    expect(show(change)).toContain(words);
  });
});

describe('a session', () => {
  test('pins, shows, releases and resets', async () => {
    const service = await givenService();
    const ctl = async (...args: string[]) =>
      (await run(process.execPath, [MAIN, ...args, '--endpoint', service.url])).stdout;
    await service.postTimes(6, true);
    expect(await ctl('status')).toContain('6 of 10 errors to level 3');
    expect(await ctl('pin', '3', '--reason', 'drill', '--for', '1h')).toContain(
      'LEVEL 3 MAINTENANCE',
    );
    expect(await ctl('status')).toMatch(/PINNED until \S+: drill/);
    expect(await ctl('release')).toContain('stays at 3  (release)');
    expect(await ctl('policy', 'probesToDegraded=2')).toContain('0 of 2 probe successes');
    expect(await ctl('reset', '--reason', 'done')).toContain('LEVEL 1 FULL');
  });

  test('watch prints every change as it comes', async () => {
    const { url } = await givenService();
    const child = spawn(process.execPath, [MAIN, 'watch', '--every', '0.1', '--endpoint', url]);
    onTestFinished(() => void child.kill());
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child.stdout, 'data');
    expect(output).toContain('LEVEL 1 FULL');
    await clientOf(url).postTimes(10, true);
    await vi.waitUntil(() => output.includes('2 → 3'), { timeout: 5_000 });
    expect(output.match(/ {2}#\d+.*/g)?.map((line) => line.replace(/\S+Z/, 'AT'))).toEqual([
      '  #1  AT  1 → 2 DEGRADED  (errors)',
      '  #2  AT  2 → 3 MAINTENANCE  (errors)',
    ]);
  });

  test.each([
    [
      ['status', '--endpoint', 'http://127.0.0.1:9'],
      'no status from http://127.0.0.1:9: is it running there?\n',
    ],
    [['pin', '7', '--reason', 'x'], 'level must be 1, 2 or 3, got 7\n'],
    [['nope'], 'there is no command nope'],
  ])('%o is one clear line and exit 1', async (args, message) => {
    const { url } = await givenService();
    const withEndpoint = args.includes('--endpoint') ? args : [...args, '--endpoint', url];
    const ended = run(process.execPath, [MAIN, ...withEndpoint]);
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    });
  });
});

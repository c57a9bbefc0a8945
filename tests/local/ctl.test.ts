/** The CLI: its words, what it prints, and a session with a running front. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { readCommand, UsageError } from '../../lib/local/ctl/commands.ts';
import { formatStatus, parseStatus } from '../../lib/local/ctl/format.ts';
import { clientOf, givenService } from '../flow/given.ts';
import { answerJson, givenServer } from '../store/local-servers.ts';
import { runCtl, spawnCtl } from './process.ts';

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
    [['policy', 'clear'], { method: 'PUT', body: {} }],
    [
      ['policy', 'shield=all', 'ramp=5,25.5', 'countStatuses=none', 'slowAfterMs=0', 'dwell=1x'],
      {
        method: 'PUT',
        body: { shield: 'all', ramp: [5, 25.5], countStatuses: [], slowAfterMs: 0, dwell: '1x' },
      },
    ],
    [
      ['policy', 'patch', 'dwellMs=60000', 'ramp=null'],
      { method: 'PATCH', body: { dwellMs: 60_000, ramp: null } },
    ],
  ])('%o', (args, request) => {
    expect(read(...args).request).toMatchObject(request);
  });

  test.each([
    [['stauts'], 'there is no command stauts; there is status, watch, pin, release, policy, reset'],
    [['toString', 'x'], /^there is no command toString/],
    [['status', 'prod'], /^status does not take prod; with npm, all of it stands after --, /],
    [['watch', 'x'], /^watch does not take x;/],
    [['release', 'x'], /^release does not take x;/],
    [['reset', 'fixed', 'it'], /^reset does not take fixed it;/],
    [['pin', '3', 'drill', '30m'], /^pin does not take drill 30m;/],
    [['pin', 'abc', '--reason', 'x'], 'level must be 1, 2 or 3, got abc'],
    [['pin', '', '--reason', 'x'], 'level must be 1, 2 or 3, got '],
    [
      ['pin', '3', '--reason', 'x', '--for', '30m', '--until', '2026-01-31T12:00:00Z'],
      'pin takes --for or --until, got both',
    ],
    [
      ['policy', 'errorsToDegrade=3', 'errorsToDegrade=4'],
      'policy takes each field once, got errorsToDegrade twice',
    ],
    [['status', '--region', 'eu-west-1'], '--region says where a stage is; give --stage too'],
    [['pin', '3'], /^pin takes a level and --reason/],
    [['pin', '--reason', 'x'], /^pin takes a level and --reason/],
    [
      ['pin', '3', '--reason', 'x', '--for', '30'],
      '--for must be a number with s, m, h or d such as 30m, got 30',
    ],
    [['policy'], /^policy takes NAME=VALUE/],
    [['policy', 'errorsToDegrade'], /^policy takes NAME=VALUE/],
    [['policy', 'patch'], /^policy takes NAME=VALUE/],
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

  test('shows what a terminal would obey as its code', () => {
    const override = { reason: 'a\u001b[2Jb\nLEVEL 1\u202ec' };
    expect(show({ override })).toContain(
      'PINNED until released: a\\u{1b}[2Jb\\u{a}LEVEL 1\\u{202e}c',
    );
  });
});

describe('a session', () => {
  test('pins, shows, releases and resets', async () => {
    const service = await givenService();
    const ctl = async (...args: string[]) =>
      (await runCtl([...args, '--endpoint', service.url])).stdout;
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

  test.each([
    [['pin', '7', '--reason', 'x'], 'level must be 1, 2 or 3, got 7\n'],
    [['status', '--scope', 'x'], 'unknown scope "x"; there is default, account\n'],
    [['nope'], 'there is no command nope'],
  ])('%o is one clear line and exit 1', async (args, message) => {
    const { url } = await givenService();
    const { code, stderr } = await runCtl([...args, '--endpoint', url]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('says what was typed without what a terminal obeys, and not all of it', async () => {
    const { stderr } = await runCtl([`x\x1b]0;owned\x07\x9b${'y'.repeat(5_000)}`]);
    expect(stderr.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    expect(stderr).toContain('there is no command x\\u{1b}]0;owned\\u{7}\\u{9b}yyy');
    expect(stderr.length).toBeLessThan(1_100);
  });

  test('with nobody says so', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const { code, stderr } = await runCtl(['status', '--endpoint', url]);
    expect(stderr).toBe(`no status from ${url} (ECONNREFUSED): is it running there?\n`);
    expect(code).toBe(1);
  });

  test('with a server that is not ours prints nothing that a terminal would obey', async () => {
    const { endpoint } = await givenServer((response) => {
      answerJson(response, 404, { message: 'no\u001b[2J' });
    });
    const { stderr } = await runCtl(['status', '--endpoint', endpoint]);
    expect(stderr).toBe('no\\u{1b}[2J\n');
  });
});

describe('watch', () => {
  const changes = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({
      epoch: from + index,
      from: 1,
      to: 2,
      at: 'AT',
      reason: 'errors',
    }));

  test('prints every change as it comes', async () => {
    const { url } = await givenService();
    const { output } = spawnCtl(['watch', '--every', '0.1', '--endpoint', url]);
    await vi.waitUntil(() => output().includes('LEVEL 1 FULL'), { timeout: 5_000 });
    await clientOf(url).postTimes(10, true);
    await vi.waitUntil(() => output().includes('2 → 3'), { timeout: 5_000 });
    expect(
      output()
        .match(/ {2}#\d+.*/g)
        ?.map((line) => line.replace(/\S+Z/, 'AT')),
    ).toEqual(['  #1  AT  1 → 2 DEGRADED  (errors)', '  #2  AT  2 → 3 MAINTENANCE  (errors)']);
  });

  test.each([
    ['that the history no longer has', { epoch: 12, history: changes(5, 12) }, '… 4 more', 8],
    ['that were not changes', { epoch: 3, history: changes(3, 3) }, undefined, 1],
  ])('counts the epochs %s', async (_which, later, more, printed) => {
    const { endpoint } = await givenServer((response, _received, nth) => {
      answerJson(response, 200, nth === 1 ? STATUS : { ...STATUS, ...later });
    });
    const { output } = spawnCtl(['watch', '--every', '0.1', '--endpoint', endpoint]);
    await vi.waitUntil(() => output().includes(`#${later.epoch}`), { timeout: 5_000 });
    expect(output().match(/… \d+ more/)?.[0]).toBe(more);
    expect(output().match(/ {2}#/g)).toHaveLength(printed);
  });

  test('tells once of reads that fail, be it the first, and tries again', async () => {
    const { endpoint } = await givenServer((response, _received, nth) => {
      if (nth <= 2) answerJson(response, 503, { message: 'not yet' });
      else answerJson(response, 200, STATUS);
    });
    const { output } = spawnCtl(['watch', '--every', '0.1', '--endpoint', endpoint]);
    await vi.waitUntil(() => output().includes('LEVEL 1'), { timeout: 5_000 });
    expect(output().match(/not yet/g)).toHaveLength(1);
  });

  test('shows a row that begins anew', async () => {
    const { endpoint } = await givenServer((response, _received, nth) => {
      answerJson(response, 200, nth === 1 ? { ...STATUS, currentLevel: 3, epoch: 7 } : STATUS);
    });
    const { output } = spawnCtl(['watch', '--every', '0.1', '--endpoint', endpoint]);
    await vi.waitUntil(() => output().includes('LEVEL 1 FULL'), { timeout: 5_000 });
    expect(output()).toMatch(/LEVEL 3 MAINTENANCE {2}epoch 7[^]*LEVEL 1 FULL {2}epoch 0/);
  });

  test('ends where no later read can be right', async () => {
    const { url } = await givenService();
    expect(await runCtl(['watch', '--scope', 'x', '--endpoint', url])).toMatchObject({ code: 1 });
  });
});

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

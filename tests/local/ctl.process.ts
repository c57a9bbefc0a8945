/** The CLI: what it prints, and a session with a running front. */
import { tmpdir } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import { formatStatus, parseStatus } from '../../lib/local/ctl/format.ts';
import { localUser } from '../../lib/local/local-user.ts';
import { clientOf, givenService } from '../flow/given.ts';
import { freePort } from '../listen.ts';
import { answerJson, givenServer } from '../store/local-servers.ts';
import { endOf, runCtl, spawnCtl } from './process.ts';

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

  test.each([
    [{ count: 9, behind: 0, unused: 0 }, 'all 9 as the row'],
    [{ count: 9, behind: 2, unused: 0 }, 'of 9, 2 BEHIND: their requests go by an earlier level'],
    [{ count: 9, behind: 0, unused: 1 }, 'of 9, 1 unused: their requests read the row'],
    [
      { count: 9, behind: 2, unused: 1 },
      'of 9, 2 BEHIND: their requests go by an earlier level, 1 unused: their requests read the row',
    ],
  ])('says how read replicas stand: %j', (readReplicas, words) => {
    expect(show({ readReplicas }).split('\n')[2]).toBe(`  read replicas: ${words}`);
  });

  test('says since when, how far to the next level, who pinned it, and what happened', () => {
    const at = '2026-01-02T02:55:00.000Z';
    const history = [
      { epoch: 6, from: 1, to: 2, at, reason: 'errors' },
      { epoch: 7, from: 2, to: 2, at, reason: 'pin', note: 'migration', by: 'ana@laptop' },
    ];
    const override = { reason: 'migration', until: '2026-01-02T04:00:00.000Z' };
    const row = { currentLevel: 2, errorCount: 6, epoch: 7, levelSince: at, history, override };
    expect(show(row)).toBe(
      [
        `default  LEVEL 2 DEGRADED  since ${at} (5 min ago)  epoch 7`,
        '  PINNED until 2026-01-02T04:00:00.000Z: migration',
        '  nothing counts, probes or climbs meanwhile',
        `  #6  ${at}  1 → 2 DEGRADED  (errors)`,
        `  #7  ${at}  stays at 2  (pin: migration, by ana@laptop)`,
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
    [{ levelSince: '2026-01-02T02:59:30Z', lastTransition: '2026-01-02T03:00:00Z' }, '(30 s ago)'],
    [{ levelSince: '2026-01-01T00:00:00Z' }, '(27 h ago)'],
  ])('%o', (change, words) => {
    expect(show(change)).toContain(words);
  });

  test('under a pin promises no probe and no climb, and after it does again', () => {
    const probe = { intervalMs: 5_000, next: '2026-01-02T03:00:05Z', failures: 0 };
    const waiting = { currentLevel: 3, probe };
    const past = { reason: 'x', until: '2026-01-01T00:00:00Z' };
    expect(show(waiting)).toContain('next probe in 5 s');
    expect(show({ ...waiting, override: { reason: 'x' } })).not.toMatch(/next probe|to level 2/);
    expect(show({ ...waiting, override: past })).toContain('next probe in 5 s');
  });

  test('says what somebody has set otherwise than it was deployed', () => {
    const own = { ...STATUS.policy, errorsToDegrade: 20, ramp: [] };
    const sources = { errorsToDegrade: 'row', ramp: 'row', successesToFull: 'deployment' };
    expect(show({ policy: own, policySource: sources })).toContain(
      '  policy of its own: errorsToDegrade=20 ramp=none\n',
    );
    expect(show({ policySource: { errorsToDegrade: 'preset' } })).not.toContain(
      'policy of its own',
    );
  });

  test('shows what a terminal would obey as its code', () => {
    const override = { reason: 'a\u001b[2Jb\nLEVEL 1\u202ec' };
    expect(show({ override })).toContain(
      'PINNED until released: a\\u{1b}[2Jb\\u{a}LEVEL 1\\u{202e}c',
    );
  });
});

describe('a session', () => {
  test('says what it acted on, what it did, why and who it was', async () => {
    const service = await givenService();
    const { url } = service;
    const ctl = async (...args: string[]) =>
      (await runCtl([...args, '--endpoint', url])).stdout.trimEnd().split('\n');
    const who = localUser();
    await service.postTimes(6, true);
    const [target, , evidence] = await ctl('status');
    expect([target, evidence]).toEqual([url, expect.stringContaining('6 of 10 errors to level 3')]);
    const pinned = await ctl('pin', '3', '--reason', 'drill', '--for', '1h');
    expect(pinned.slice(0, 3)).toEqual([
      `on ${url}`,
      `${url}: default is pinned at level 3 (was 2): drill, by ${who}`,
      expect.stringMatching(new RegExp(`^${url}: default  LEVEL 3 MAINTENANCE  since `)),
    ]);
    const released = await ctl('release', '--reason', 'over');
    expect(released[1]).toBe(`${url}: default is released at level 3: over, by ${who}`);
    expect(released.at(-1)).toContain(`stays at 3  (release: over, by ${who})`);
    expect((await ctl('release'))[1]).toBe(
      `${url}: default is left as it was: there was nothing to do`,
    );
    const policy = await ctl('policy', 'probesToDegraded=2', '--scope', 'account');
    expect(policy[1]).toBe(`${url}: account has another policy at level 1, by ${who}`);
    expect(policy).toContain('  policy of its own: probesToDegraded=2');
    expect((await ctl('policy', 'clear', '--scope', 'account'))[1]).toBe(
      `${url}: account has the deployed policy at level 1, by ${who}`,
    );
    const reset = await ctl('reset', '--reason', 'done');
    expect(reset[1]).toBe(`${url}: default is reset to level 1 (was 3): done, by ${who}`);
    expect((await ctl('status')).filter((line) => line.includes('LEVEL'))).toEqual([
      expect.stringContaining(`${url}: default  LEVEL 1 FULL`),
      expect.stringContaining(`${url}: account  LEVEL 1 FULL`),
    ]);
  });

  test('is JSON for a program', async () => {
    const { url } = await givenService();
    const args = ['reset', '--reason', 'a\u001b[2Jb\u202ec', '--endpoint', url, '--json'];
    const { stdout } = await runCtl(args);
    expect(stdout.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(stdout)).toMatchObject({
      target: { endpoint: url },
      answer: { scope: 'default', changes: [{ reason: 'reset', note: 'a\u001b[2Jb\u202ec' }] },
    });
  });

  test('npm that takes an option for its own reaches nobody', async () => {
    const service = await givenService();
    const command = ['npm', 'run', 'ctl', 'reset', '--stage=prod'];
    const PORT = new URL(service.url).port;
    const { code, stderr } = await endOf({ PORT, HOME: tmpdir() }, command);
    expect(code).toBe(1);
    expect(stderr).toContain('npm took --stage for its own, and nothing was done');
    expect((await service.status()).epoch).toBe(0);
  });

  test.each([
    [['pin', '2', '--reason', 'x'.repeat(121)], 'reason must be at most 120 bytes of UTF-8'],
    [['status', '--scope', 'x'], 'unknown scope "x"; there is default, account\n'],
    [['nope'], "unknown command 'nope'"],
  ])('%o is one clear line and exit 1', async (args, message) => {
    const { url } = await givenService();
    const { code, stderr } = await runCtl([...args, '--endpoint', url]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('says what was typed without what a terminal obeys, and not all of it', async () => {
    const { stderr } = await runCtl([`x\x1b]0;owned\x07\x9b${'y'.repeat(5_000)}`]);
    expect(stderr.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    expect(stderr).toContain("unknown command 'x\\u{1b}]0;owned\\u{7}\\u{9b}yyy");
    expect(stderr.length).toBeLessThan(1_100);
  });

  test('with nobody says so', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCtl(['status', '--endpoint', url]);
    expect(stderr).toBe(`${url}: no status from there (ECONNREFUSED): is it running?\n`);
    expect(code).toBe(1);
  });

  test('with a server that is not ours prints nothing that a terminal would obey', async () => {
    const { endpoint } = await givenServer((response) => {
      answerJson(response, 404, { message: 'no\u001b[2J' });
    });
    const { stderr } = await runCtl(['status', '--endpoint', endpoint]);
    expect(stderr).toBe(`${endpoint}: no\\u{1b}[2J\n`);
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
        .match(/\S+ {2}#\d+.*/g)
        ?.map((line) => line.replace(/\S+Z/, 'AT')),
    ).toEqual([
      'default  #1  AT  1 → 2 DEGRADED  (errors)',
      'default  #2  AT  2 → 3 MAINTENANCE  (errors)',
    ]);
    expect(output()).toContain(`\n${url}: default  #2`);
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

  test('follows every scope, and is JSON by the line for a program', async () => {
    const service = await givenService();
    const { output } = spawnCtl(['watch', '--every', '0.1', '--endpoint', service.url, '--json']);
    const told = () =>
      output()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line || '{}') as object);
    await vi.waitUntil(() => told().length === 2, { timeout: 5_000 });
    await runCtl(['pin', '2', '--reason', 'x', '--scope', 'account', '--endpoint', service.url]);
    await vi.waitUntil(() => told().length === 3, { timeout: 5_000 });
    expect(told()).toMatchObject([
      { scope: 'default', status: { currentLevel: 1 } },
      { scope: 'account', status: { currentLevel: 1 } },
      { target: { endpoint: service.url }, scope: 'account', change: { to: 2, note: 'x' } },
    ]);
  });

  test('tells of a row that nobody can read', async () => {
    const broken = { scope: 'account', problem: 'row SYSTEM_STATE#account is malformed' };
    const { endpoint } = await givenServer((response, _received, nth) => {
      const account = nth === 1 ? { ...STATUS, scope: 'account' } : broken;
      answerJson(response, 200, { ...STATUS, scopes: { default: STATUS, account } });
    });
    const { output } = spawnCtl(['watch', '--every', '0.1', '--endpoint', endpoint]);
    await vi.waitUntil(() => output().includes('NOBODY KNOWS'), { timeout: 5_000 });
    expect(output()).toContain(`${endpoint}: account  NOBODY KNOWS: ${broken.problem}`);
  });
});

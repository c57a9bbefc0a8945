/** What a laptop tells of its changes: a webhook that nobody waits for, and a record that outlives everything. */
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LevelChanged } from '../../lib/events/level-events.ts';
import { createChangeRecord, readChangeRecord } from '../../lib/local/change-record.ts';
import { changesIn, readHistoryCommand } from '../../lib/local/ctl/history.ts';
import { createLocalEvents } from '../../lib/local/level-events.ts';
import { createLog } from '../../lib/local/log.ts';
import { startServer } from '../../lib/local/server.ts';
import { readConfig } from '../../lib/runtime/config.ts';
import { givenReceiver, SECRET } from '../events/receivers.ts';
import { clientOf, json } from '../flow/given.ts';
import { listing } from '../runtime/given-scopes.ts';
import { PLENTY } from './plenty.ts';
import { givenFolder, runCtl } from './process.ts';

const TABLE = 'ServiceResiliencyTable-dev';

const silent = () => createLog({ level: 'silent', pretty: false });

/** A whole server in this process; it closes with the test. */
async function start(dataDir: string | null, settings: Readonly<Record<string, string>> = {}) {
  const config = readConfig({ PORT: '0', TICK_SECONDS: '0', ...listing({}), ...settings });
  const telemetry = silent();
  const server = await startServer({
    ...config,
    dataDir,
    engine: 'local',
    limits: PLENTY,
    telemetry,
  });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await server.close();
    isClosed = true;
  };
  onTestFinished(close);
  return { ...clientOf(server.url), close };
}

const hooked = (url: string) => ({ WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET });
const told = (data: Readonly<Record<string, unknown>>) => [data['epoch'], data['from'], data['to']];

describe('a webhook', () => {
  test('gets every change of level, and no answer waits for a receiver that hangs', async () => {
    const held: (() => void)[] = [];
    const receiver = await givenReceiver((response) =>
      held.push(() => response.writeHead(204).end()),
    );
    const { postTimes, send } = await start(null, hooked(receiver.url));
    const replies = await postTimes(12, true);
    expect(replies.map(({ status }) => status)).toEqual([...Array(10).fill(500), 503, 503]);
    await send('DELETE', '/circuit-breaker/override');
    await send('POST', '/circuit-breaker/reset', json({ reason: 'drill' }));
    // All of it is answered, and the receiver has still answered nothing.
    await receiver.messages(1);
    expect(receiver.delivered).toHaveLength(1);
    for (let count = 1; count <= 3; count += 1) {
      await receiver.messages(count);
      held.shift()?.();
    }
    expect(receiver.delivered.map(({ data }) => told(data))).toEqual([
      [1, 1, 2],
      [2, 2, 3],
      [3, 3, 1],
    ]);
    expect(receiver.delivered[2]?.data).toMatchObject({ reason: 'reset', note: 'drill' });
    expect(receiver.refused).toEqual([]);
  });

  test('that was away, over the end of the process too, gets what it missed', async () => {
    const dataDir = await givenFolder();
    const away = await givenReceiver();
    await away.close();
    const first = await start(dataDir, hooked(away.url));
    const replies = await first.postTimes(5, true);
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(500));
    await first.close();

    const back = await givenReceiver(undefined, { port: away.port });
    const second = await start(dataDir, { ...hooked(back.url), TICK_SECONDS: '1' });
    const [message] = await back.messages(1);
    expect(told(message?.data ?? {})).toEqual([1, 1, 2]);
    await second.close();
    const third = await start(dataDir, { ...hooked(back.url), TICK_SECONDS: '1' });
    // Another change shows that nothing of before comes again.
    await third.postTimes(5, true);
    await back.messages(2);
    expect(back.delivered.map(({ data }) => told(data))).toEqual([
      [1, 1, 2],
      [2, 2, 3],
    ]);
  });

  test.each([
    [{ WEBHOOK_URL: 'https://example.com/' }, 'WEBHOOK_SECRET is missing'],
    [{ WEBHOOK_SECRET: SECRET }, 'WEBHOOK_URL is missing'],
    [{ ...hooked('http://example.com/') }, 'WEBHOOK_URL must be a URL such as https:'],
    [{ ...hooked('https://ana:pass@example.com/') }, 'WEBHOOK_URL must be a URL such as https:'],
    [
      { ...hooked('https://example.com/'), WEBHOOK_SECRET: 'hush' },
      'WEBHOOK_SECRET must be whsec_',
    ],
  ])('%o is refused at the start', (settings, words) => {
    const refusal = () =>
      createLocalEvents({ ...readConfig(settings, {}), dataDir: null, telemetry: silent() });
    expect(refusal).toThrow(words);
    expect(refusal).not.toThrow('hush');
  });
});

describe('the record of a data folder', () => {
  test('has every change with its reason and who made it, more than the row, and ctl shows it', async () => {
    const dataDir = await givenFolder();
    const { post, send, close } = await start(dataDir);
    for (let round = 0; round < 5; round += 1) {
      for (let errors = 0; errors < 5; errors += 1) await post({ error: true });
      await send('POST', '/circuit-breaker/reset', json({ reason: `round ${round}` }));
    }
    await send('PUT', '/circuit-breaker/override', json({ level: 1, reason: 'drill' }));
    const status = await send('GET', '/circuit-breaker?scope=default');
    expect(status.body['history']).toHaveLength(8);
    await close();

    const env = { DATA_DIR: dataDir };
    const { stdout, code } = await runCtl(['history'], env);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toMatch(/^default {2}#1 {2}\S+Z {2}1 → 2 DEGRADED {2}\(errors\)$/);
    expect(lines[1]).toMatch(/#2 {2}\S+Z {2}2 → 1 FULL {2}\(reset: round 0, by .+@.+\)$/);
    expect(lines[10]).toMatch(/#11 {2}\S+Z {2}stays at 1 {2}\(pin: drill, by .+@.+\)$/);
    const asJson = await runCtl(['history', '--json', '--scope', 'default', '--since', '1h'], env);
    expect(JSON.parse(asJson.stdout)).toMatchObject([
      { scope: 'default', epoch: 1, from: 1, to: 2, reason: 'errors' },
      ...Array.from({ length: 10 }, () => ({ scope: 'default' })),
    ]);
    const other = await runCtl(['history', '--scope', 'account'], env);
    expect(other.stdout).toBe('no change is on record\n');
  });

  const change = (epoch: number): LevelChanged => ({
    scope: 'default',
    epoch,
    from: 1,
    to: 2,
    at: new Date(Date.UTC(2026, 0, 1) + epoch).toISOString(),
    reason: 'errors',
  });
  const ALL = { scope: undefined, sinceMs: 0 };
  const epochsOf = async (folder: string) =>
    changesIn(await readChangeRecord(folder, TABLE), ALL).map(({ epoch }) => epoch);

  test('writes what is told again once, also of another process', async () => {
    const folder = await givenFolder();
    const record = createChangeRecord(folder, TABLE, { flush: true });
    await Promise.all([record.add([change(1)]), record.add([change(1), change(2)])]);
    const text = await readFile(join(folder, 'changes', `${TABLE}.jsonl`), 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    await createChangeRecord(folder, TABLE, { flush: false }).add([change(2), change(3)]);
    expect(await epochsOf(folder)).toEqual([1, 2, 3]);
  });

  test('is bounded: two files, of which the older one goes', async () => {
    const folder = await givenFolder();
    const bytes = JSON.stringify(change(1)).length + 1;
    const record = createChangeRecord(folder, TABLE, { flush: false, mostBytes: 3 * bytes });
    for (let epoch = 1; epoch <= 8; epoch += 1) await record.add([change(epoch)]);
    expect(await epochsOf(folder)).toEqual([4, 5, 6, 7, 8]);
    const files = await readdir(join(folder, 'changes'));
    expect(files).toHaveLength(2);
    for (const file of files) {
      expect((await stat(join(folder, 'changes', file))).size).toBeLessThanOrEqual(3 * bytes);
    }
  });

  test('loses a line that was cut off, and none beside it', async () => {
    const folder = await givenFolder();
    await createChangeRecord(folder, TABLE, { flush: false }).add([change(1)]);
    await appendFile(join(folder, 'changes', `${TABLE}.jsonl`), '{"scope":"defau');
    await createChangeRecord(folder, TABLE, { flush: false }).add([change(2)]);
    expect(await epochsOf(folder)).toEqual([1, 2]);
  });

  test('that cannot be written is no failure of a request, and is written when it can be', async () => {
    const dataDir = await givenFolder();
    const { post, postTimes, close } = await start(dataDir);
    const inTheWay = join(dataDir, 'changes');
    await writeFile(inTheWay, '');
    const replies = await postTimes(5, true);
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(500));
    expect(await readChangeRecord(dataDir, TABLE).catch(() => 'none')).toBe('none');
    await rm(inTheWay);
    for (let errors = 0; errors < 5; errors += 1) await post({ error: true });
    expect(await epochsOf(dataDir)).toEqual([1, 2]);
    await close();
  });

  test('shows nothing that a terminal obeys', () => {
    const found = [{ ...change(1), note: 'a\u001b[2Jb' }, { no: 'change' }];
    expect(changesIn(found, ALL)).toMatchObject([{ note: 'a\\u{1b}[2Jb' }]);
  });

  test.each([
    [['--region', 'us-east-1'], /give --stage too/],
    [['--since', 'long'], /--since must be a number/],
    [['more'], /Unexpected argument/],
  ])('ctl history %o is refused', (args, words) => {
    expect(() => readHistoryCommand(args, 0)).toThrow(words);
  });
});

/** Kills and damaged files: what was acknowledged is there, and what is lost is said. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeAlarm } from '../../lib/alarms/judge.ts';
import { levelAlarms } from '../../lib/alarms/level-alarms.ts';
import { bank } from '../../lib/level/policy.ts';
import { INITIAL_STATE } from '../../lib/level/state.ts';
import { clientOf, json } from '../flow/given.ts';
import { endOf, givenFolder, START, startProcess } from '../local/process.ts';
import { share, tried } from './report.ts';

const FAR = { errorsToDegrade: 999_999, errorsToMaintenance: 1_000_000 } as const;
const TABLE = 'ServiceResiliencyTable-dev';

/** The same in every run. */
const SEED = 20_261_126;

test('kills in the middle of errors', async () => {
  const DATA_DIR = await givenFolder();
  const kills = share(30);
  let acknowledged = 0;
  for (let kill = 0; kill <= kills; kill += 1) {
    const server = await startProcess({ DATA_DIR });
    const { post, send, status } = clientOf(server.url);
    if (kill === 0) await send('PUT', '/circuit-breaker/policy', json(FAR));
    const now = (await status()) as Awaited<ReturnType<typeof status>> & { storage?: unknown };
    expect(now.errorCount).toBeGreaterThanOrEqual(acknowledged);
    expect(now.storage).toBeUndefined();
    const sending = Array.from({ length: 8 }, async () => {
      for (;;) {
        await post({ error: true });
        acknowledged += 1;
      }
    });
    const ended = Promise.allSettled(sending);
    await new Promise((resolve) => setTimeout(resolve, 100 + 13 * kill));
    await server.stop('SIGKILL');
    await ended;
  }
  tried({
    what: 'kill -9 in the middle of 8 clients whose requests fail',
    times: kills,
    result: `none of ${acknowledged} acknowledged errors lost, no false alarm of damage`,
  });
});

test('flipped bytes in the write-ahead log', async () => {
  const [{ places, bytes }, times] = [await givenLog(), share(40)];
  const random = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), {
    numRuns: times,
    seed: SEED,
  });
  let [lost, refused] = [0, 0];
  for (const at of random) {
    const { folder, log } = places;
    await restore(folder, bytes);
    const damaged = await readFile(log);
    const offset = Math.floor(at * (damaged.length - 1));
    damaged[offset] = (damaged[offset] ?? 0) ^ 0x40;
    await writeFile(log, damaged);
    const outcome = await outcomeOf(folder);
    if (outcome === 'refused') refused += 1;
    else if (outcome === 'lost') lost += 1;
  }
  tried({
    what: 'a flipped byte anywhere in the log',
    times,
    result: `${lost} lost something and said so, ${refused} refused to start, none was silent`,
  });
});

test('any file of the table removed', async () => {
  const { places, bytes } = await givenLog();
  let times = 0;
  for (const name of bytes.keys()) {
    if (!name.includes(join('tables', TABLE))) continue;
    times += 1;
    await restore(places.folder, bytes);
    await rm(name);
    const outcome = await outcomeOf(places.folder).catch((error: unknown) => String(error));
    expect([name, outcome]).toEqual([name, expect.stringMatching(/^(whole|lost|refused)$/)]);
  }
  tried({ what: 'each file of the table removed', times, result: 'said, refused, or not needed' });
});

test('alarms of any date, delivered again at any time', () => {
  const alarms = { errorRate: [0.25, 0.5], minRequests: 20, periodS: 60, periods: 1 } as const;
  const all = levelAlarms({ stage: 'dev', scope: 'account', alarms, policy: bank });
  const numRuns = share(200_000);
  const time = fc.integer({ min: -7_200_000, max: 7_200_000 });
  const rounds = fc.tuple(fc.constantFrom(...all), time, fc.array(time, { maxLength: 20 }));
  const property = fc.property(rounds, ([alarm, changedAtMs, deliveries]) => {
    let moves = 0;
    let state = { ...INITIAL_STATE, currentLevel: alarm.from, lastTransition: iso(-7_200_000) };
    // It comes again and again, and in between the level is always back.
    for (const atMs of deliveries.toSorted((a, b) => a - b)) {
      const message = { alarmName: alarm.name, state: 'ALARM', reason: '', changedAtMs } as const;
      const given = { message, alarm, signals: 'alarms', state, policy: bank, atMs } as const;
      if (judgeAlarm(given).kind !== 'move') continue;
      moves += 1;
      state = { ...state, lastTransition: iso(atMs + 1) };
    }
    expect(moves).toBeLessThanOrEqual(1);
  });
  fc.assert(property, { numRuns, seed: SEED });
  tried({
    what: 'an alarm of any date, delivered up to 20 times',
    times: numRuns,
    result: 'it moves once at the most',
  });
});

const iso = (atMs: number) => new Date(Date.UTC(2026, 0, 1) + atMs).toISOString();

/** A folder that was killed after 50 errors, and all its files. */
async function givenLog() {
  const folder = await givenFolder();
  const server = await startProcess({ DATA_DIR: folder });
  const { send, postTimes } = clientOf(server.url);
  await send('PUT', '/circuit-breaker/policy', json(FAR));
  await postTimes(50, true);
  await server.stop('SIGKILL');
  const bytes = await filesBelow(folder);
  const log = [...bytes.keys()].find((name) => name.includes(TABLE) && name.endsWith('.log')) ?? '';
  return { bytes, places: { folder, log } };
}

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files.set(path, await readFile(path));
  }
  return files;
}

async function restore(folder: string, bytes: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true && !bytes.has(path)) await rm(path);
  }
  await rm(join(folder, 'damaged'), { recursive: true, force: true });
  for (const [path, content] of bytes) await writeFile(path, content);
}

/** How a start with damaged files ended: whatever was lost, it was not silent. */
async function outcomeOf(DATA_DIR: string): Promise<'whole' | 'lost' | 'refused'> {
  const server = await startProcess({ DATA_DIR }).catch(() => null);
  if (server === null) {
    const { code, stderr } = await endOf({ DATA_DIR }, START);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR [^\n]+\n$/);
    return 'refused';
  }
  const status = (await clientOf(server.url).status()) as {
    readonly errorCount: number;
    readonly storage?: { readonly problems: readonly string[] };
  };
  await server.stop('SIGKILL');
  if (status.storage !== undefined) return 'lost';
  expect(status.errorCount).toBe(50);
  return 'whole';
}

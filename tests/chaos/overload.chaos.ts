/** More than can be served: nobody is served without the level, what is answered is counted, nothing grows. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, json } from '../flow/given.ts';
import { givenFolder, START, startProcess, type ServerProcess } from '../local/process.ts';
import { percentile, requestBytes, storm, type Weathered } from './clients.ts';
import { share, tried } from './report.ts';

const [node = '', ...main] = START;

/** As many requests as are served at the same time: lib/local/limits.ts. */
const PLACES = 128;

/** A server whose level stays, so that each counted error stays in the row. */
async function given(more: { readonly command?: readonly string[]; readonly far?: boolean } = {}) {
  const { command = START, far = true } = more;
  const env = { DATA_DIR: await givenFolder(), LOG_LEVEL: 'warn' };
  const server = await startProcess(env, command);
  const client = clientOf(server.url);
  const policy = { errorsToDegrade: 999_999, errorsToMaintenance: 1_000_000 };
  if (far) await client.send('PUT', '/circuit-breaker/policy', json(policy));
  return { server, ...client };
}

/** What must be true of every storm: no lie, nothing lost. */
function expectHonest(weathered: Weathered, server: ServerProcess): void {
  expect(weathered.failOpen).toBe(0);
  expect(weathered.answered.outside).toBe(0);
  expect(server.output()).not.toMatch(/"mutator failed"|"state read failed|"state failed"/);
}

const underLimit = (limit: string) => [
  'bash',
  '-c',
  `ulimit -n ${limit}; exec "$@"`,
  'bash',
  ...START,
];

const memoryMb = ({ child }: ServerProcess) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024;

/** What a server has computed since it began, in seconds. */
const cpuSeconds = ({ child }: ServerProcess) => {
  // Behind the name, which may have spaces: user and system time in hundredths, proc(5).
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const p99 = ({ servedMs }: Weathered) => Math.round(percentile(servedMs, 0.99));

test('a thousand requests in a row on each of ten connections, at level 3', async () => {
  const { server, send } = await given({ far: false });
  await send('PUT', '/circuit-breaker/override', json({ level: 3, reason: 'drill' }));
  const each = share(1_000);
  const weathered = await storm({
    url: server.url,
    connections: 10,
    pipelined: each,
    each,
    error: false,
  });
  expectHonest(weathered, server);
  expect(weathered.answered.maintenance).toBe(10 * each);
  tried({
    what: '10 connections with 1,000 pipelined requests each, level 3 pinned',
    times: weathered.sent,
    result: 'all answered by level 3, none fail-open',
  });
});

test('2,000 clients whose requests all fail', async () => {
  const { server, status } = await given();
  const weathered = await storm({
    url: server.url,
    connections: share(2_000),
    pipelined: 1,
    each: Infinity,
    forMs: share(20_000),
    error: true,
  });
  expectHonest(weathered, server);
  const { errorCount } = await status();
  expect(errorCount).toBe(weathered.answered.error);
  const { refused } = weathered.answered;
  tried({
    what: '2,000 clients whose requests all fail, for 20 s',
    times: weathered.sent,
    result: `${errorCount} errors answered, ${errorCount} counted, ${refused} refused, p99 ${p99(weathered)} ms`,
  });
});

test('the same, and the level may move', async () => {
  const { server, status } = await given({ far: false });
  const weathered = await storm({
    url: server.url,
    connections: share(2_000),
    pipelined: 1,
    each: Infinity,
    forMs: share(10_000),
    error: true,
  });
  expectHonest(weathered, server);
  const { currentLevel, history } = await status();
  // Beside those that moved the level, only what was under way at each change.
  const { error } = weathered.answered;
  expect(error).toBeLessThanOrEqual(10 + 2 * PLACES);
  // One transition of each level, as far as it came.
  expect(currentLevel).toBeGreaterThan(1);
  expect(history.map(({ to, reason }) => [to, reason])).toEqual(
    [
      [2, 'errors'],
      [3, 'errors'],
    ].slice(0, currentLevel - 1),
  );
  tried({
    what: 'the same with the thresholds 5 and 10, for 10 s',
    times: weathered.sent,
    result: `level ${currentLevel} by ${currentLevel - 1} changes, each once; ${error} errors were answered in all`,
  });
});

test('ten times the clients that are served best', async () => {
  const { server } = await given();
  // Not shortened: after 2 s all are connected, and know from the server when to come again.
  const [fromMs, toMs] = [2_000, 7_000];
  const load = async (connections: number) => {
    const all = { pipelined: 1, each: Infinity, forMs: toMs, error: false };
    const [weathered, from, to] = await Promise.all([
      storm({ url: server.url, connections, ...all }),
      pause(fromMs).then(() => cpuSeconds(server)),
      pause(toMs).then(() => cpuSeconds(server)),
    ]);
    expectHonest(weathered, server);
    const served = weathered.servedAtMs.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
    return { served, aCpuSecond: served / (to - from) };
  };
  await load(128);
  const ratios: { readonly aSecond: number; readonly aCpuSecond: number }[] = [];
  // The median of three is decided where two agree.
  const isGood = ({ aCpuSecond }: (typeof ratios)[number]) => aCpuSecond > 0.8;
  while (ratios.length < 2 || (ratios.length < 3 && new Set(ratios.map(isGood)).size > 1)) {
    const [best, over] = [await load(128), await load(1_280)];
    ratios.push({
      aSecond: over.served / best.served,
      aCpuSecond: over.aCpuSecond / best.aCpuSecond,
    });
  }
  const median = (of: 'aSecond' | 'aCpuSecond') => {
    const ascending = ratios.map((ratio) => ratio[of]).toSorted((one, other) => one - other);
    return percentile(ascending, 0.5);
  };
  // What others do on this machine takes from both alike, but not at the same time.
  expect(ratios.filter(isGood).length).toBeGreaterThanOrEqual(2);
  const [aSecond, aCpuSecond] = [median('aSecond'), median('aCpuSecond')].map((of) =>
    Math.round(100 * of),
  );
  tried({
    what: '1,280 clients beside 128, in turn',
    times: ratios.length,
    result: `median goodput ${aSecond} % of the best, ${aCpuSecond} % by the server's processor time`,
  });
});

test('clients that send without end and never read', async () => {
  const { server, status } = await given();
  const before = memoryMb(server);
  const sockets = Array.from({ length: 40 }, () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.pause();
    socket.write('GET /circuit-breaker HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_500));
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  });
  let [slowestMs, most] = [0, 0];
  for (let second = 0; second < share(15); second += 1) {
    const from = performance.now();
    await status();
    slowestMs = Math.max(slowestMs, performance.now() - from);
    most = Math.max(most, memoryMb(server));
    await pause(1_000);
  }
  expect(most - before).toBeLessThan(300);
  expect(slowestMs).toBeLessThan(5_000);
  tried({
    what: '40 connections × 1,500 pipelined status reads, never read',
    times: sockets.length * 1_500,
    result: `${Math.round(before)} → at most ${Math.round(most)} MB; another's status read took at most ${Math.round(slowestMs)} ms`,
  });
});

test('a heap of 64 MB and bodies of 200 KB', async () => {
  const { server, send } = await given({
    command: [node, '--max-old-space-size=64', ...main],
  });
  const body = JSON.stringify({ error: false, message: 'x'.repeat(200_000) });
  const statuses = new Map<number, number>();
  const times = share(1_000);
  for (let sent = 0; sent < times; sent += 100) {
    const headers = { 'Content-Type': 'application/json' };
    const posts = Array.from({ length: 100 }, () =>
      send('POST', '/service-api', { body, headers }),
    );
    for (const { status: code } of await Promise.all(posts)) {
      statuses.set(code, (statuses.get(code) ?? 0) + 1);
    }
  }
  expect([...statuses.keys()].every((code) => code === 200 || code === 503)).toBe(true);
  expect(server.child.exitCode).toBeNull();
  tried({
    what: '100 bodies of 200 KB at the same time, 64 MB of heap',
    times,
    result: `it lives; ${statuses.get(200) ?? 0} served, ${statuses.get(503) ?? 0} refused`,
  });
});

test('a hundred clients and few descriptors', async () => {
  const { server, status } = await given({ command: underLimit('128') });
  const weathered = await storm({
    url: server.url,
    connections: 100,
    pipelined: 1,
    each: Infinity,
    forMs: share(5_000),
    error: true,
  });
  expectHonest(weathered, server);
  const { errorCount } = await status();
  expect(errorCount).toBeGreaterThanOrEqual(weathered.answered.error);
  expect(errorCount - weathered.answered.error).toBeLessThanOrEqual(weathered.broken);
  tried({
    what: '100 failing clients at ulimit -n 128',
    times: weathered.sent,
    result: `${weathered.answered.error} errors answered, ${errorCount} counted, ${weathered.broken} connections closed at once`,
  });
});

test('bursts as far apart as connections are kept', async () => {
  const { server, status } = await given();
  const bursts = share(6);
  let answered = 0;
  for (let burst = 0; burst < bursts; burst += 1) {
    const weathered = await storm({
      url: server.url,
      connections: 50,
      pipelined: 1,
      each: 4,
      error: true,
    });
    expectHonest(weathered, server);
    answered += weathered.answered.error;
    await pause(5_000);
  }
  expect((await status()).errorCount).toBe(answered);
  tried({
    what: 'bursts of 200 errors, 5 s apart',
    times: bursts,
    result: `${answered} answered, all counted`,
  });
});

test('clients that hang up at once', async () => {
  const { server, status, post } = await given();
  const times = share(5_000);
  const { hostname, port } = new URL(server.url);
  for (let sent = 0; sent < times; sent += 100) {
    const gone = Array.from({ length: 100 }, () => {
      const socket = connect(Number(port), hostname).on('error', () => {});
      socket.write(requestBytes(true), () => socket.destroy());
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(gone);
  }
  expect((await post({ error: false })).status).toBe(200);
  expect((await status()).errorCount).toBeLessThanOrEqual(times);
  expect(server.output()).not.toContain('"mutator failed"');
  tried({ what: 'clients that hang up at once', times, result: 'the next is served' });
});

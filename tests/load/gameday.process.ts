/** The game day: played against a running service, with the demo's switch and with a proxy that misbehaves. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readArguments } from '../../load/gameday/arguments.ts';
import { startFaultProxy, type FaultName } from '../../load/gameday/fault-proxy.ts';
import { judgeGameDay, type PhasedAnswer, type Seen } from '../../load/gameday/verdict.ts';
import { givenService, json } from '../flow/given.ts';
import { endOf, givenFolder } from '../local/process.ts';

const RUN = new URL('../../load/gameday/run.ts', import.meta.url).pathname;
const gameDay = (...args: readonly string[]) => endOf({}, [process.execPath, RUN, ...args]);

/** An upstream that answers with so much text. */
async function givenUpstream(text = 'x'.repeat(200)): Promise<string> {
  const server = createServer((_request, response) => response.end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('npm run gameday', () => {
  test('passes against the demo, with a report', { timeout: 90_000 }, async () => {
    const { url } = await givenService();
    const out = await givenFolder();
    const args = ['--url', url, '--calm', '1', '--outage', '5', '--out', out];
    const { code, stdout } = await gameDay(...args);
    expect(stdout).toContain('✓ it degraded within 50 requests: after 5');
    expect(stdout).toMatch(/✓ it was back at level 1 within 120 s: after [\d.]+ s/);
    expect(stdout).toContain(
      '✓ no error that a client was told of was lost: 5 told up to the fall, 5 needed',
    );
    expect(stdout).toMatch(/one chain: 1 → 2, .*2 → 1/);
    expect(code).toBe(0);
    const report = await readFile(join(out, 'report.html'), 'utf8');
    expect(report).toContain('<h1>Game day: passed</h1>');
    expect(report.match(/<svg/g)).toHaveLength(3);
  });

  test('passes where an upstream is out, behind a proxy', { timeout: 90_000 }, async () => {
    const upstream = await givenUpstream();
    const probe = await startFaultProxy(new URL(upstream), 0);
    const { port } = probe;
    await probe.close();
    const service = await givenService({
      FULL_UPSTREAM_URL: `http://127.0.0.1:${port}/`,
      DEGRADED_UPSTREAM_URL: upstream,
      PROBE_URL: upstream,
    });
    const quick = { judge: 'counts', ramp: [], dwellMs: 1_000, successesToFull: 3 };
    const { url } = service;
    expect((await service.send('PUT', '/circuit-breaker/policy', json(quick))).status).toBe(200);
    const args = [
      '--url',
      url,
      '--fault',
      'errors',
      '--upstream',
      upstream,
      '--listen',
      String(port),
    ];
    const out = await givenFolder();
    const ended = await gameDay(...args, '--calm', '1', '--outage', '5', '--out', out);
    expect(ended.stdout).toContain('✓ nobody got an answer outside the contract: none');
    expect(ended.stdout).toContain('✓ it degraded within 50 requests: after 5');
    expect(ended.code).toBe(0);
  });

  test('refuses a stage prod, and a switch that is off', async () => {
    const { url } = await givenService({ STAGE: 'prod' });
    const refused = await gameDay('--url', url);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/stage prod.*--production/),
    });
    const off = await gameDay('--url', url, '--production');
    expect(off.stderr).toContain('the demo does not honour its fault switch here');
  });

  test.each([
    [[], /--url must be a URL .* is missing/],
    [
      ['--url', 'http://127.0.0.1:1', '--fault', 'flood'],
      /--fault must be switch, latency, errors, resets, partial, drip, got flood/,
    ],
    [['--url', 'http://127.0.0.1:1', '--fault', 'drip'], /--upstream must be a URL/],
    [
      ['--url', 'http://127.0.0.1:1', '--outage', '900'],
      /--outage must be an integer from 1 to 600, got 900/,
    ],
  ])('refuses %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});

describe('a fault proxy', () => {
  const TEXT = 'y'.repeat(500);

  test.each<[FaultName, RegExp]>([
    ['errors', /^503$/],
    ['resets', /fetch failed/],
    ['partial', /terminated|fetch failed|closed/],
  ])('%s', async (fault, expected) => {
    const proxy = await startFaultProxy(new URL(await givenUpstream(TEXT)), 0);
    onTestFinished(() => proxy.close());
    const get = async () => {
      const response = await fetch(`http://127.0.0.1:${proxy.port}/`);
      const text = await response.text();
      return response.status === 200 ? text : String(response.status);
    };
    expect(await get()).toBe(TEXT);
    proxy.set(fault);
    expect(await get().catch((error: Error) => error.message)).toMatch(expected);
    proxy.set(null);
    expect(await get()).toBe(TEXT);
  });

  test.each<FaultName>(['latency', 'drip'])(
    '%s outlasts a client that does not wait',
    async (fault) => {
      const proxy = await startFaultProxy(new URL(await givenUpstream(TEXT)), 0);
      onTestFinished(() => proxy.close());
      proxy.set(fault);
      const signal = AbortSignal.timeout(500);
      const slow = fetch(`http://127.0.0.1:${proxy.port}/`, { signal }).then((response) =>
        response.text(),
      );
      await expect(slow).rejects.toThrow(/timeout/);
    },
  );
});

describe('the verdict', () => {
  const OUT_MS = 1_000_000;
  const answer = (atMs: number, more: Partial<PhasedAnswer> = {}): PhasedAnswer => ({
    atMs,
    durationMs: 5,
    kind: 'error',
    level: 1,
    why: '',
    phase: 'outage',
    ...more,
  });
  const change = (epoch: number, from: 1 | 2 | 3, to: 1 | 2 | 3, atMs: number) =>
    ({ epoch, from, to, at: new Date(atMs).toISOString(), reason: 'errors' }) as const;
  const good: Seen = {
    answers: [1, 2, 3, 4, 5].map((index) => answer(OUT_MS + index * 10)),
    changes: [change(1, 1, 2, OUT_MS + 48), change(2, 2, 1, OUT_MS + 900)],
    outage: { fromMs: OUT_MS, toMs: OUT_MS + 500 },
    level: { before: 1, after: 1 },
    backAtMs: OUT_MS + 900,
    errorsToDegrade: 5,
  };
  const failed = (more: Partial<Seen>) =>
    judgeGameDay({ ...good, ...more }, { fallsWithin: 10, backWithinS: 1 })
      .filter(({ holds }) => !holds)
      .map(({ what }) => what);

  test('holds where all is as promised', () => {
    expect(failed({})).toEqual([]);
  });

  test.each<[string, Partial<Seen>, string]>([
    ['a late recovery', { backAtMs: OUT_MS + 5_000 }, 'it was back at level 1 within 1 s'],
    ['no recovery', { backAtMs: null }, 'it was back at level 1 within 1 s'],
    ['no fall', { changes: [], answers: [answer(OUT_MS + 1)] }, 'it degraded within 10 requests'],
    [
      'an error that did not count',
      { answers: [answer(OUT_MS + 5), ...good.answers] },
      'no error that a client was told of was lost',
    ],
    [
      'an answer that is none',
      { answers: [...good.answers, answer(OUT_MS + 60, { kind: 'outside', level: null })] },
      'nobody got an answer outside the contract',
    ],
    [
      'a gap in the epochs',
      { changes: [change(1, 1, 2, OUT_MS + 50), change(3, 2, 1, OUT_MS + 900)] },
      'the changes of level are one chain',
    ],
  ])('sees %s', (_name, more, what) => {
    expect(failed(more)).toEqual([what]);
  });
});

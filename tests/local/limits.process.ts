/** What little room a process has is told at the start, and kept for what must not fail. */
import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../lib/local/limits.ts';
import { clientOf } from '../flow/given.ts';
import { givenFolder, runToEnd, START, startProcess } from './process.ts';

const MIB = 1024 * 1024;
const ENOUGH = { descriptors: 20_000, heapBytes: 4_288 * MIB } as const;

test.each([
  ['enough of both', ENOUGH, 2_048, null],
  ['descriptors that are not known', { ...ENOUGH, descriptors: null }, 2_048, null],
  ['1,024 descriptors', { ...ENOUGH, descriptors: 1_024 }, 944, /^only 1024 files and sockets/],
  ['96 descriptors', { ...ENOUGH, descriptors: 96 }, 16, /ulimit -n/],
  ['a small heap', { ...ENOUGH, heapBytes: 256 * MIB }, 128, /^the heap is small/],
])('%s', (_what, given, maxConnections, because) => {
  const limits = limitsOf(given);
  expect(limits.maxConnections).toBe(maxConnections);
  if (because === null) expect(limits.because).toBeNull();
  else expect(limits.because).toMatch(because);
});

test('the bodies of a small heap have a sixteenth of what is left of it', () => {
  expect(limitsOf({ ...ENOUGH, heapBytes: 256 * MIB }).bodyBytes).toBe(MIB);
});

describe('too little is one sentence and exit 1', () => {
  const underLimit = (command: string) => ['bash', '-c', `${command}; exec "$@"`, 'bash', ...START];

  test('of descriptors', async () => {
    const DATA_DIR = await givenFolder();
    const { code, stderr } = await runToEnd({ DATA_DIR }, [], underLimit('ulimit -n 64'));
    expect(code).toBe(1);
    expect(stderr).toBe(
      'only 64 files and sockets may be open, at least 96 are needed; raise ulimit -n\n',
    );
  });

  test('of heap', async () => {
    const [node = '', ...rest] = START;
    const command = [node, '--max-old-space-size=48', ...rest];
    const { code, stderr } = await runToEnd({}, [], command);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^the heap may grow to 240 MiB, at least 256 are needed; [^\n]+\n$/);
  });

  test('what is just enough starts, says so, and counts every error it answers', async () => {
    const DATA_DIR = await givenFolder();
    const server = await startProcess({ DATA_DIR }, underLimit('ulimit -n 96'));
    expect(server.output()).toMatch(/"maxConnections":16,"why":"only 96 files.*fewer connections/);
    const { post, status } = clientOf(server.url);
    // More at the same time than there are connections: some are closed at once.
    const tried = await Promise.allSettled(Array.from({ length: 40 }, () => post({ error: true })));
    const answered = tried.filter((each) => each.status === 'fulfilled');
    expect(answered.length).toBeGreaterThanOrEqual(16);
    for (const { value } of answered) expect(value.headers.get('x-service-fail-open')).toBeNull();
    expect(server.output()).not.toMatch(/mutator failed|state failed/);
    expect((await status()).errorCount).toBeGreaterThanOrEqual(5);
  });
});

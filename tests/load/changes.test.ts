/** The log held against the row: each epoch exactly once and in order, the last eight as in the history. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkLog, parseLogLine, readLog, type Row } from '../../load/report/changes.ts';
import { givenFolder } from '../local/process.ts';
import { logOf, START_MS, walk } from './given.ts';

const changes = walk(1, 12);
const log = logOf(changes);
const row = (fields: Partial<Row> = {}): Row => ({
  startEpoch: 0,
  finalEpoch: 12,
  history: changes.slice(-8),
  seen: changes.slice(0, 6),
  ...fields,
});

describe('a log agrees', () => {
  test('when each epoch is in it once', () => {
    expect(checkLog(log, row())).toEqual([]);
  });

  test('when it begins after the row did, with the run', () => {
    expect(checkLog(log.slice(6), row({ startEpoch: 6 }))).toEqual([]);
  });

  test('when it begins before the run', () => {
    expect(checkLog(log, row({ startEpoch: 10 }))).toEqual([]);
  });

  test('when nothing has changed', () => {
    expect(checkLog([], row({ finalEpoch: 0, history: [], seen: [] }))).toEqual([]);
    expect(checkLog(log, row({ startEpoch: 12 }))).toEqual([]);
  });
});

describe('a log disagrees', () => {
  test('when an epoch is missing, wherever', () => {
    for (const epoch of [1, 7, 12]) {
      const problems = checkLog(
        log.filter((change) => change.epoch !== epoch),
        row(),
      );
      expect(problems).toEqual([`epoch ${epoch} is not in the log`]);
    }
  });

  test('when it is empty', () => {
    expect(checkLog([], row())).toHaveLength(12);
  });

  test('when an epoch is there twice', () => {
    const doubled = log.toSpliced(4, 0, ...log.slice(3, 4));
    expect(checkLog(doubled, row())).toEqual(['epoch 4 is in the log 2 times']);
  });

  test('when two epochs are the wrong way round', () => {
    const [third, fourth] = [log.slice(2, 3), log.slice(3, 4)];
    const unordered = log.toSpliced(2, 2, ...fourth, ...third);
    expect(checkLog(unordered, row())).toContain('epoch 3 is in the log after epoch 4');
  });

  test('when it tells of an epoch that the row never had', () => {
    expect(checkLog(logOf(walk(1, 13)), row())).toContain(
      'epoch 13 is in the log, the row ends at 12',
    );
  });

  test('when an epoch does not begin where the one before led', () => {
    const jumped = log.map((change) =>
      change.epoch === 2 ? { ...change, from: 3 as const } : change,
    );
    expect(checkLog(jumped, row({ seen: [] }))).toEqual(['epoch 1 led to level 2, epoch 2 from 3']);
  });

  test("when it and the row's history tell another story", () => {
    const other = log.map((change) =>
      change.epoch === 12 ? { ...change, reason: 'reset' } : change,
    );
    expect(checkLog(other, row())).toEqual([
      "the log says epoch 12: 2 → 1 (reset), the row's history epoch 12: 2 → 1 (successes)",
    ]);
  });

  test('when a poll saw something else, long before the end', () => {
    const other = log.map((change) => (change.epoch === 2 ? { ...change, reason: 'pin' } : change));
    expect(checkLog(other, row())).toHaveLength(1);
    expect(checkLog(other, row({ seen: [] }))).toEqual([]);
  });

  test("when the row's history lacks one of its last eight", () => {
    expect(checkLog(log, row({ history: changes.slice(-7) }))).toEqual([
      "the row's history must hold the epochs 5, 6, 7, 8, 9, 10, 11, 12, it holds 6, 7, 8, 9, 10, 11, 12",
    ]);
  });
});

describe('a line of the log', () => {
  const fields = { level: 'WARN', timestamp: '2026-01-01T00:00:05.000Z', scope: 'default' };
  const line = (more: object) =>
    JSON.stringify({ ...fields, from: 1, to: 2, epoch: 5, reason: 'errors', ...more });

  test.each(['level changed', 'epoch began'])('tells of an epoch: %s', (message) => {
    expect(parseLogLine(line({ message }))).toEqual({
      epoch: 5,
      from: 1,
      to: 2,
      reason: 'errors',
      atMs: START_MS + 5_000,
    });
  });

  test.each([
    'Listening on http://127.0.0.1:3000',
    '{"message":"level changed","epoch"',
    '"epoch"',
    line({ message: 'outcome stale' }),
    line({ message: 'level changed', scope: 'another' }),
    line({ message: 'level changed', to: 4 }),
  ])('tells of none: %s', (text) => {
    expect(parseLogLine(text)).toBeNull();
  });

  test('is read from a file, with the errors since the start', async () => {
    const file = join(await givenFolder(), 'server.log');
    const failed = { level: 'ERROR', message: 'mutator failed' };
    await writeFile(
      file,
      [
        'Listening on http://127.0.0.1:3000',
        line({ message: 'level changed' }),
        JSON.stringify({ ...failed, timestamp: '2025-12-31T23:59:59.999Z' }),
        JSON.stringify({ ...failed, timestamp: '2026-01-01T00:00:00.000Z' }),
        '',
      ].join('\n'),
    );
    const read = await readLog(file, START_MS);
    expect(read.changes.map(({ epoch }) => epoch)).toEqual([5]);
    expect(read.errors).toEqual({ 'mutator failed': 1 });
  });
});

/** From k6's samples to figures over time. */
import { describe, expect, test } from 'vitest';
import { latencyOf, parseSample, sliceAnswers, sliceSeconds } from '../../load/report/samples.ts';
import { answer, START_MS } from './given.ts';

const sample = (tags: object) =>
  JSON.stringify({
    metric: 'answer_ms',
    type: 'Point',
    data: { time: '2026-01-01T00:00:01.500123456Z', value: 12.5, tags },
  });

describe('a line of k6', () => {
  test('is an answer with its kind, level and time', () => {
    expect(parseSample(sample({ kind: 'degraded', level: '2' }))).toEqual({
      atMs: START_MS + 1_500,
      durationMs: 12.5,
      kind: 'degraded',
      level: 2,
      why: '',
    });
  });

  test('says what was wrong with an answer outside the contract', () => {
    const parsed = parseSample(sample({ kind: 'outside', level: '', why: 'status 404' }));
    expect(parsed).toMatchObject({ kind: 'outside', level: null, why: 'status 404' });
  });

  test('of an unknown kind counts as outside the contract', () => {
    expect(parseSample(sample({}))).toMatchObject({ kind: 'outside', level: null });
  });

  test.each([
    '',
    'no JSON',
    '{"type":"Metric","data":{"name":"answer_ms"},"metric":"answer_ms"}',
    '{"metric":"http_reqs","type":"Point","data":{"time":"2026-01-01T00:00:01Z","value":1}}',
  ])('that is something else is passed over: %s', (line) => {
    expect(parseSample(line)).toBeNull();
  });
});

describe('percentiles', () => {
  test('are nearest ranks', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(latencyOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(latencyOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  });

  test('of nothing are nothing', () => {
    expect(latencyOf([])).toBeNull();
  });
});

describe('slices', () => {
  const span = { startMs: START_MS, endMs: START_MS + 4_000 };

  test('count the answers by kind, each in its own slice', () => {
    const answers = [
      answer(0.1),
      answer(0.9, { kind: 'error', durationMs: 30 }),
      answer(2, { kind: 'outside' }),
      answer(4),
    ];
    const slices = sliceAnswers(answers, span, 2);
    expect(slices.map(({ fromSeconds }) => fromSeconds)).toEqual([0, 2]);
    expect(slices[0]?.counts).toMatchObject({ full: 1, error: 1, outside: 0 });
    expect(slices[1]?.counts).toMatchObject({ full: 1, error: 0, outside: 1 });
    expect(slices[0]?.latency).toEqual({ p50: 10, p95: 30, p99: 30 });
  });

  test('without answers are there, with no latency', () => {
    const slices = sliceAnswers([answer(0.5)], span, 1);
    expect(slices.map(({ latency }) => latency?.p50 ?? null)).toEqual([10, null, null, null]);
  });

  test('lose no answer, however long the run and wherever its end lies', () => {
    for (const endSeconds of [0.001, 0.999, 1, 1.1, 1.3, 149.9]) {
      const endMs = START_MS + endSeconds * 1_000;
      const answers = [answer(0), answer(endSeconds / 2), answer(endSeconds)];
      const slices = sliceAnswers(answers, { startMs: START_MS, endMs }, 1);
      const total = slices.reduce((sum, { counts }) => sum + counts.full, 0);
      expect(total, `${endSeconds} s`).toBe(3);
    }
  });

  test.each([
    [12, 0.5],
    [120, 1],
    [1_800, 15],
    [200_000, 1_800],
    [10_000_000, 7_200],
  ])('of %d seconds take %d s', (totalSeconds, expected) => {
    expect(sliceSeconds(totalSeconds)).toBe(expected);
  });
});

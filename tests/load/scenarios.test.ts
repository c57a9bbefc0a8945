/** The scenarios as data, and that k6 gets them from this machine alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  durationMs,
  isScenarioName,
  scaledStages,
  SCENARIOS,
  thresholdsOf,
  type Scenario,
} from '../../load/k6/scenarios.ts';

const all: readonly (readonly [string, Scenario])[] = Object.entries(SCENARIOS);

test('the scenarios are these', () => {
  const names = ['ramp', 'spike', 'brown-out', 'recovery', 'soak', 'smoke'];
  expect(Object.keys(SCENARIOS)).toEqual(names);
  expect(names.every(isScenarioName)).toBe(true);
  expect(isScenarioName('toString')).toBe(false);
});

describe('ramp', () => {
  test('goes to 100 users in 30 s, stays for a minute, and goes in 30 s', () => {
    expect(scaledStages(SCENARIOS.ramp, 1)).toEqual([
      { durationMs: 30_000, target: 100 },
      { durationMs: 60_000, target: 100 },
      { durationMs: 30_000, target: 0 },
    ]);
  });

  test('has one error in five and no pause', () => {
    expect(SCENARIOS.ramp.errors).toEqual({ kind: 'share', points: [{ at: 0, share: 0.2 }] });
    expect(SCENARIOS.ramp.thinkSeconds).toBe(0);
  });
});

test('smoke takes 20 s, and soak half an hour', () => {
  expect(durationMs(SCENARIOS.smoke, 1)).toBe(20_000);
  expect(durationMs(SCENARIOS.soak, 1)).toBe(1_800_000);
});

test('a scale multiplies durations and nothing else, down to 100 ms', () => {
  expect(durationMs(SCENARIOS.ramp, 0.1)).toBe(12_000);
  expect(scaledStages(SCENARIOS.spike, 0.01).map((stage) => stage.durationMs)).toEqual([
    150, 100, 200, 100, 150,
  ]);
  expect(scaledStages(SCENARIOS.spike, 0.01).map(({ target }) => target)).toEqual([
    5, 200, 200, 5, 5,
  ]);
});

test.each(all)('%s misses a threshold with one answer outside the contract', (_, scenario) => {
  const thresholds = thresholdsOf(scenario);
  expect(thresholds['answers_outside']).toEqual(['count==0']);
  expect(thresholds['http_req_duration']).toEqual([
    `p(95)<${scenario.p95Ms}`,
    `p(99)<${scenario.p99Ms}`,
  ]);
  expect(scenario.p95Ms).toBeLessThan(scenario.p99Ms);
});

test('only recovery demands recoveries: one for every user', () => {
  const demanding = all.filter(([, scenario]) => 'recoveries' in thresholdsOf(scenario));
  expect(demanding.map(([name]) => name)).toEqual(['recovery']);
  expect(thresholdsOf(SCENARIOS.recovery)['recoveries']).toEqual(['count>=10']);
});

test('what k6 runs imports its own modules and files beside it, nothing remote', () => {
  const folder = new URL('../../load/k6/', import.meta.url);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const targets = sources.flatMap((text) =>
    [...text.matchAll(/\bfrom '([^']+)'|\bimport\(?\s*'([^']+)'/g)].map((match) => match[1]),
  );
  expect(targets.length).toBeGreaterThan(8);
  expect(
    targets.filter((target) => !/^(k6(\/[a-z]+)?|\.{1,2}\/.*\.ts)$/.test(target ?? '')),
  ).toEqual([]);
});

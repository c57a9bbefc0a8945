/** The status of a scope as operators read it: the row, what its window holds, what it waits for, who says its policy. */
import { describe, expect, test } from 'vitest';
import { adaptive, classic, production, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { describeStatus, gaugesOf, type Described } from '../../lib/store/status.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = (ms: number) => new Date(ms).toISOString();
const NOW = iso(AT_MS);

const described = (given: Partial<LevelState>, policy: Policy, more: Partial<Described> = {}) =>
  describeStatus('orders', {
    state: { ...INITIAL_STATE, ...given },
    history: [],
    preset: 'production',
    deployed: policy,
    policy,
    atMs: AT_MS,
    ...more,
  });

/** What was counted in the slot of now. */
const slots = (errors: number, successes: number) => [{ number: AT_MS / 1_000, errors, successes }];

test('a row as it stands', () => {
  const status = described(
    {
      currentLevel: 2,
      errorCount: 5,
      successCount: 1,
      epoch: 4,
      lastUpdated: NOW,
      lastTransition: NOW,
      transitionReason: 'drill',
      changedFrom: 1,
      changedBy: 'pin',
      by: 'ana@laptop',
      override: { reason: 'drill', untilMs: AT_MS },
    },
    classic,
    { preset: 'classic' },
  );
  const { policySource, ...rest } = status;
  expect(rest).toEqual({
    scope: 'orders',
    currentLevel: 2,
    errorCount: 5,
    successCount: 1,
    epoch: 4,
    lastUpdated: NOW,
    lastTransition: NOW,
    transitionReason: 'drill',
    levelSince: NOW,
    by: 'ana@laptop',
    history: [
      { epoch: 4, from: 1, to: 2, at: NOW, reason: 'pin', note: 'drill', by: 'ana@laptop' },
    ],
    override: { reason: 'drill', until: NOW },
    policy: classic,
    preset: 'classic',
  });
  expect(new Set(Object.values(policySource))).toEqual(new Set(['preset']));
});

test('an override without an end has none, and a row without one says none', () => {
  expect(described({ override: { reason: 'drill' } }, classic).override).toEqual({
    reason: 'drill',
  });
  const plain = described({}, classic);
  for (const name of ['override', 'by', 'window', 'dwell', 'ramp', 'probe']) {
    expect(plain).not.toHaveProperty(name);
  }
});

describe('the window', () => {
  const WATCHED = { watchUntilMs: AT_MS + 1 };
  const EMPTY = {
    counting: false,
    requests: 0,
    errors: 0,
    errorPercent: null,
    thresholdPercent: 25,
    consecutiveErrors: 0,
    sampleOneIn: 1,
  };

  test.each<[string, Partial<LevelState>, Policy, object]>([
    ['of nothing', {}, production, EMPTY],
    [
      'of a third of errors',
      { ...WATCHED, run: 2, slots: slots(2, 4) },
      production,
      {
        ...EMPTY,
        counting: true,
        requests: 6,
        errors: 2,
        errorPercent: 33.3,
        consecutiveErrors: 2,
      },
    ],
    ['at level 2', { currentLevel: 2 }, production, { ...EMPTY, thresholdPercent: 50 }],
    ['at level 3', { currentLevel: 3 }, production, { ...EMPTY, thresholdPercent: null }],
    [
      'of a share',
      { sampleOneIn: 8, sampleUntilMs: AT_MS + 1 },
      production,
      { ...EMPTY, sampleOneIn: 8 },
    ],
    ['of a share of all', { sampleUntilMs: AT_MS + 1 }, production, EMPTY],
    ['of a share that is over', { sampleOneIn: 8, sampleUntilMs: AT_MS }, production, EMPTY],
    ['that learns, of too little', {}, adaptive, { ...EMPTY, ordinaryPercent: null }],
    [
      'that has learned',
      { learnedErrors: 256, learnedRequests: 10_000 },
      adaptive,
      { ...EMPTY, ordinaryPercent: 2.56, thresholdPercent: 7.68 },
    ],
  ])('%s', (_what, given, policy, window) => {
    expect(described(given, policy).window).toEqual(window);
  });
});

describe('what it waits for', () => {
  test.each<[string, Partial<LevelState>, Policy, object]>([
    ['nothing at level 1', { quietUntilMs: AT_MS, dwellMs: 9 }, production, {}],
    [
      'the first step where the row knows none',
      { currentLevel: 2 },
      production,
      {
        ramp: {
          step: 1,
          steps: 3,
          percent: 5,
          since: null,
          successes: 0,
          errors: 0,
          nextCanary: null,
        },
      },
    ],
    [
      'a dwell, and a step',
      {
        currentLevel: 2,
        quietUntilMs: AT_MS + 9,
        dwellMs: 60_000,
        rampStep: 1,
        rampBelow: '15555555',
        stepSinceMs: AT_MS,
        canaryOk: 7,
        canaryErrors: 2,
        nextCanaryAtMs: AT_MS + 5,
      },
      production,
      {
        dwell: { ms: 60_000, until: iso(AT_MS + 9) },
        ramp: {
          step: 2,
          steps: 3,
          percent: 8.3,
          since: NOW,
          successes: 7,
          errors: 2,
          nextCanary: iso(AT_MS + 5),
        },
      },
    ],
    [
      'a dwell of the policy',
      { currentLevel: 2, quietUntilMs: AT_MS },
      classic,
      { dwell: { ms: 0, until: NOW } },
    ],
    [
      'a step beyond the ramp, of which nobody knows the share',
      { currentLevel: 2, rampStep: 7 },
      production,
      { ramp: expect.objectContaining({ step: 8, percent: null }) as object },
    ],
    [
      'a probe',
      { currentLevel: 3, nextProbeAtMs: AT_MS, probeIntervalMs: 10_000, probeFailures: 2 },
      production,
      { probe: { intervalMs: 10_000, next: NOW, failures: 2 } },
    ],
    [
      'a probe of the policy',
      { currentLevel: 3 },
      production,
      { probe: { intervalMs: 5_000, next: null, failures: 0 } },
    ],
    ['none where each request is one', { currentLevel: 3 }, classic, {}],
    [
      'a time that no date can say',
      { currentLevel: 3, quietUntilMs: Number.MAX_SAFE_INTEGER },
      classic,
      { dwell: { ms: 0, until: null } },
    ],
  ])('%s', (_what, given, policy, waits) => {
    const { dwell, ramp, probe } = described(given, policy);
    const told = { dwell, ramp, probe };
    expect(Object.fromEntries(Object.entries(told).filter(([, value]) => value))).toEqual(waits);
  });
});

test('each field of the policy is said by the preset, the deployment or the row', () => {
  const deployed: Policy = { ...production, dwellMs: 1, ramp: [5, 25, 50] };
  const policy: Policy = { ...deployed, windowMs: 60_000 };
  const row = { policy: { windowMs: 60_000 } };
  const { policySource } = described(row, policy, { deployed });
  expect(policySource).toMatchObject({ dwellMs: 'deployment', windowMs: 'row', ramp: 'preset' });
  expect(Object.keys(policySource)).toEqual(Object.keys(policy));
  const ignored = described(row, deployed, { deployed });
  expect(ignored.policySource.windowMs).toBe('preset');
  const odd = described({ policy: 'windowMs' }, policy, { deployed });
  expect(odd.policySource.windowMs).toBe('preset');
});

test('as numbers, what was learned goes with what it makes of the threshold', () => {
  const learned = { learnedErrors: 256, learnedRequests: 10_000 };
  const gauges = (given: Partial<LevelState>) =>
    gaugesOf({ state: { ...INITIAL_STATE, ...learned, ...given }, policy: adaptive, atMs: AT_MS });
  expect(gauges({ slots: slots(1, 3) })).toEqual({
    WindowRequests: 4,
    WindowErrorRate: 25,
    SampleOneIn: 1,
    OrdinaryErrorRate: 2.56,
    ThresholdErrorRate: 7.68,
  });
  expect(gauges({ currentLevel: 3, quietUntilMs: AT_MS + 1 })).toEqual({
    WindowRequests: 0,
    SampleOneIn: 1,
    OrdinaryErrorRate: 2.56,
    DwellLeft: 1,
    ProbeInterval: 5_000,
    NextProbe: 0,
  });
  expect(gauges({ quietUntilMs: AT_MS + 1 })).not.toHaveProperty('DwellLeft');
  expect(gauges({ currentLevel: 2, rampStep: 7 })).not.toHaveProperty('RampShare');
});

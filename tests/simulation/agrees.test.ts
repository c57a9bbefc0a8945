/** What the simulator says of a scenario is what the running service does; agrees.soak.ts has the longer ones. */
import { test } from 'vitest';
import { bank, classic, production, type Policy } from '../../lib/level/policy.ts';
import { expectAgreement, playBoth, type Trouble } from './served.ts';

/** Good, bad, good again: down to maintenance, and up. */
const OUTAGE: Trouble = { perSecond: 6, fromS: 2, toS: 7, seconds: 14, share: 1, ordinary: 0 };

/** As `production` is, but for waits that are as short as their traffic here. */
const SHORT: Partial<Policy> = {
  windowMs: 2_000,
  dwellMs: 2_000,
  rampStepMs: 1_000,
  canaryIntervalMs: 1_000,
  probeIntervalMs: 1_000,
  rampStepRequests: 10,
  ramp: [20, 50],
};
const SHORT_OUTAGE: Trouble = {
  perSecond: 12,
  fromS: 10,
  toS: 13,
  seconds: 28,
  share: 1,
  // So that level 1 counts too.
  ordinary: 0.05,
};

test.each<[string, Policy, Partial<Policy>, Trouble]>([
  ['classic', classic, {}, OUTAGE],
  ['bank', bank, {}, OUTAGE],
  ['production', production, SHORT, SHORT_OUTAGE],
])(
  '%s: the same changes in the same order, writes within 5 %%',
  { timeout: 60_000 },
  async (name, policy, overrides, trouble) => {
    const both = await playBoth(name, policy, overrides, trouble);
    expectAgreement(both, [2, 3, 2, 1]);
  },
);

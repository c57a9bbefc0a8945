/** The simulator against the running service, with the times that `production` has. */
import { expect, test } from 'vitest';
import { adaptive, bank, classic, production, type Policy } from '../../lib/level/policy.ts';
import { IS_SHORT } from '../shared/soak-seeds.ts';
import { expectAgreement, playBoth, type Trouble } from './served.ts';

const OUTAGE: Trouble = {
  perSecond: 20,
  fromS: 40,
  toS: 70,
  seconds: 200,
  share: 1,
  ordinary: 0.02,
};
const PARTIAL: Trouble = {
  perSecond: 20,
  fromS: 60,
  toS: 90,
  seconds: 220,
  share: 0.35,
  ordinary: 0.02,
};

const PLAYED: readonly [string, string, Policy, Trouble][] = [
  ['production', 'an outage of both faces', production, OUTAGE],
  ['classic', 'an outage of both faces', classic, { ...OUTAGE, seconds: 90 }],
  ['bank', 'an outage of both faces', bank, { ...OUTAGE, seconds: 90 }],
  ['production', '35 % of all fail', production, PARTIAL],
  ['adaptive', 'an outage of both faces', adaptive, OUTAGE],
];

// The short form plays the first two.
test.each(IS_SHORT ? PLAYED.slice(0, 2) : PLAYED)(
  '%s, %s',
  async (name, _what, policy, trouble) => {
    const both = await playBoth(name, policy, {}, trouble);
    expect(both.said.changes.length).toBeGreaterThanOrEqual(2);
    expectAgreement(both);
  },
);

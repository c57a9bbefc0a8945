/** The simulator against the running service, with the times that `production` has. */
import { expect, test } from 'vitest';
import { adaptive, bank, classic, production, type Policy } from '../../lib/level/policy.ts';
import { expectAgreement, playBoth, type Trouble } from './served.ts';

const OUTAGE: Trouble = {
  perSecond: 20,
  fromS: 10,
  toS: 40,
  seconds: 200,
  share: 1,
  ordinary: 0.02,
};
const PARTIAL: Trouble = {
  perSecond: 40,
  fromS: 20,
  toS: 50,
  seconds: 180,
  share: 0.35,
  ordinary: 0.02,
};

test.each<[string, string, Policy, Trouble]>([
  ['production', 'an outage of both faces', production, OUTAGE],
  ['production', '35 % of all fail', production, PARTIAL],
  ['adaptive', 'an outage of both faces', adaptive, OUTAGE],
  ['classic', 'an outage of both faces', classic, { ...OUTAGE, seconds: 60 }],
  ['bank', 'an outage of both faces', bank, { ...OUTAGE, seconds: 60 }],
])('%s, %s', async (name, _what, policy, trouble) => {
  const both = await playBoth(name, policy, {}, trouble);
  expect(both.said.changes.length).toBeGreaterThanOrEqual(2);
  expectAgreement(both);
});

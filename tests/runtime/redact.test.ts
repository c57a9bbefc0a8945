/** What callers who are not known are shown of a status: no word of an operator, whatever it is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classic } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type Change } from '../../lib/level/state.ts';
import { redacted } from '../../lib/runtime/redact.ts';
import { describeStatus } from '../../lib/store/status.ts';

const AT = '2026-01-02T03:04:05.000Z';

/** A pinned scope; `words` is what its operator said, `who` the operator. */
const pinned = (words: string, who: string) => {
  const change: Change = { epoch: 4, from: 1, to: 2, at: AT, reason: 'pin', note: words, by: who };
  return describeStatus('default', {
    state: {
      ...INITIAL_STATE,
      currentLevel: 2,
      epoch: 4,
      changedFrom: 1,
      changedBy: 'pin',
      lastTransition: AT,
      transitionReason: words,
      by: who,
      override: { reason: words, untilMs: Date.parse(AT) },
    },
    history: [change],
    preset: 'classic',
    deployed: classic,
    policy: classic,
    atMs: Date.parse(AT),
  });
};

test('has the code and the time of a change, and says that words are left out', () => {
  const status = pinned('migration of the ledger', 'ana@laptop');
  expect(redacted(status)).toEqual({
    ...status,
    by: undefined,
    transitionReason: 'pin',
    history: [{ epoch: 4, from: 1, to: 2, at: AT, reason: 'pin' }],
    override: { until: AT },
    redacted: true,
  });
});

test('never has a word of an operator, in no scope', () => {
  // What cannot be a field, a code or a number of the status by chance.
  const word = fc.string({ minLength: 1, maxLength: 30 }).map((text) => `¿${text}`);
  fc.assert(
    fc.property(word, word, (words, who) => {
      const status = pinned(words, who);
      const other = { scope: 'other', problem: 'row SYSTEM_STATE#other is malformed' };
      const answer = { ...status, scopes: { default: status, other } };
      expect(JSON.stringify(answer)).toContain('¿');
      expect(JSON.stringify(redacted(answer))).not.toContain('¿');
      expect(redacted(answer)).toMatchObject({ scopes: { default: { redacted: true }, other } });
    }),
  );
});

test('has no reason where nothing tells its code: a row by hand may say anything', () => {
  const status = { ...pinned('by hand', 'ana'), history: [] };
  expect(redacted(status)).toMatchObject({ transitionReason: null, currentLevel: 2 });
});

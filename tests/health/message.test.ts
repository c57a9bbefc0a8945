/** What of a check's message is shown: never a secret, a path, an address, a value of the environment or a stack. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publicMessage } from '../../lib/health/message.ts';

const ENV = { DB_PASSWORD: 'hunter22hunter22', STAGE: 'dev', TABLE: 'ServiceTable-dev' };

test.each([
  ['Database connected', 'Database connected'],
  ['API status: 200', 'API status: 200'],
  ['3 of 5 replicas, 40/50 ms', '3 of 5 replicas, 40/50 ms'],
  ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED [address]'],
  ["ENOENT: no such file, open '/etc/secrets/db'", "ENOENT: no such file, open '[path]'"],
  ['cannot read C:\\keys\\db.pem', 'cannot read [path]'],
  ['GET https://user:key@api.example.com/v1?token=abc failed', 'GET [url] failed'],
  ['no access to arn:aws:dynamodb:us-east-1:123456789012:table/x', 'no access to [arn]'],
  ['login with hunter22hunter22 refused', 'login with [removed] refused'],
  ['ServiceTable-dev is gone on dev', '[removed] is gone on dev'],
  ['key AKIA1234567890ABCDEF1234567890ABCDEF expired', 'key [removed] expired'],
  ['Error: down\n    at check (/srv/app/check.js:1:1)', 'Error: down'],
  ['x'.repeat(10) + ' y'.repeat(500), `${'x'.repeat(10)}${' y'.repeat(95)}`],
  [undefined, ''],
  [42, ''],
])('%j', (message, shown) => {
  expect(publicMessage(message, ENV)).toBe(shown);
});

test('whatever a message holds, no value of the environment and no path comes out', () => {
  const value = fc.string({ minLength: 8, maxLength: 24, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(fc.string(), value, fc.string(), (before, secret, after) => {
      const shown = publicMessage(`${before}${secret}${after} open '/srv/app/key.pem'`, {
        SECRET: secret,
      });
      expect(shown).not.toContain('/srv/app');
      expect(shown).not.toMatch(/[\r\n]/);
      if (!'[removed]'.includes(secret)) expect(shown).not.toContain(secret);
    }),
  );
});

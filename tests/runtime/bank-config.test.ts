/** The settings of the bank: ranges and shares, and every refusal naming its setting. */
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../lib/runtime/config.ts';
import { readFaceConfig } from '../../lib/runtime/face-config.ts';
import { ConfigError } from '../../lib/runtime/settings.ts';

const DEFAULTS = {
  latencies: {
    full: { min: 50, max: 150 },
    degraded: { min: 20, max: 70 },
    maintenance: { min: 10, max: 30 },
  },
  failureRates: { full: 0, degraded: 0, probe: 0 },
};

describe.each([readFaceConfig, readConfig])('the bank, as %o has it', (read) => {
  test('takes a while, and fails at no time, by default', () => {
    expect(read({}, {}).bank).toEqual(DEFAULTS);
  });

  test.each([
    [{}, 'AccountsTable-dev'],
    [{ STAGE: 'prod' }, 'AccountsTable-prod'],
    [{ STAGE: 'prod', ACCOUNTS_TABLE: 'Mine' }, 'Mine'],
  ])('of %o has its table', (env, accountsTable) => {
    expect(read({}, env)).toMatchObject({ accountsTable });
  });

  test.each([
    [{ BANK_FULL_LATENCY_MS: '1-2' }, { latencies: { full: { min: 1, max: 2 } } }],
    [{ BANK_FULL_LATENCY_MS: '0' }, { latencies: { full: { min: 0, max: 0 } } }],
    [{ BANK_DEGRADED_LATENCY_MS: '7' }, { latencies: { degraded: { min: 7, max: 7 } } }],
    [{ BANK_MAINTENANCE_LATENCY_MS: '0-1000' }, { latencies: { maintenance: { max: 1_000 } } }],
    [{ BANK_FULL_FAILURE_RATE: '0.05' }, { failureRates: { full: 0.05 } }],
    [{ BANK_DEGRADED_FAILURE_RATE: '1' }, { failureRates: { degraded: 1 } }],
    [{ BANK_PROBE_FAILURE_RATE: '1.0' }, { failureRates: { probe: 1 } }],
    [{ BANK_PROBE_FAILURE_RATE: '' }, { failureRates: { probe: 0 } }],
  ])('takes %o', (env, bank) => {
    expect(read({}, env).bank).toMatchObject(bank);
  });

  test.each(['2-1', '1-', '-1', '1.5', 'fast', '0-1001', '1-2-3'])(
    'refuses a range of %j',
    (text) => {
      const message = `BANK_FULL_LATENCY_MS must be a range of milliseconds such as 50-150, up to 1000; 0 is off, got "${text}"`;
      expect(() => read({}, { BANK_FULL_LATENCY_MS: text })).toThrow(new ConfigError(message));
    },
  );

  test.each(['1.5', '-0.1', '5%', '.5', '1e-3', 'NaN'])('refuses a share of %j', (text) => {
    const message = `BANK_PROBE_FAILURE_RATE must be a share from 0 to 1, such as 0.05, got "${text}"`;
    expect(() => read({}, { BANK_PROBE_FAILURE_RATE: text })).toThrow(new ConfigError(message));
  });
});

/** The settings: defaults, what depends on the stage, and every refusal naming its setting. */
import { describe, expect, test } from 'vitest';
import { ConfigError, describeSettings, readConfig } from '../../lib/runtime/config.ts';

const UPSTREAM = {
  FULL_UPSTREAM_URL: 'http://127.0.0.1:1/a',
  DEGRADED_UPSTREAM_URL: 'http://127.0.0.1:1/b',
  PROBE_URL: 'http://127.0.0.1:1/c',
};

describe('the settings', () => {
  test('have defaults', () => {
    expect(readConfig({}, {})).toEqual({
      stage: 'dev',
      tableName: 'ServiceResiliencyTable-dev',
      policy: 'classic',
      faultSwitch: true,
      failOpenLevel: 1,
      sharedIdempotency: true,
      logLevel: 'info',
      port: 3000,
      host: '127.0.0.1',
      dataDir: '.data',
      durability: 'kill',
      tickSeconds: 60,
      accountsTable: 'AccountsTable-dev',
      bank: expect.objectContaining({ failureRates: { full: 0, degraded: 0, probe: 0 } }) as object,
    });
  });

  test.each([
    [{ STAGE: 'prod' }, { tableName: 'ServiceResiliencyTable-prod', faultSwitch: false }],
    [{ STAGE: 'prod', FAULT_SWITCH: 'on' }, { faultSwitch: true }],
    [{ STAGE: 'dev', FAULT_SWITCH: 'off' }, { faultSwitch: false }],
    [{ TABLE_NAME: 'Mine' }, { tableName: 'Mine' }],
    [{ AWS_REGION: 'eu-west-1' }, { region: 'eu-west-1' }],
    [{ AWS_REGION: 'us-gov-west-1' }, { region: 'us-gov-west-1' }],
    [{ AWS_REGION: 'eusc-de-east-1' }, { region: 'eusc-de-east-1' }],
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, { endpoint: 'http://127.0.0.1:4566' }],
    [{ POLICY: 'bank' }, { policy: 'bank' }],
    [{ SERVICE_VERSION: '1.2.3-rc.1+7' }, { serviceVersion: '1.2.3-rc.1+7' }],
    [UPSTREAM, { policy: 'production', sharedIdempotency: false }],
    [{ ...UPSTREAM, POLICY: 'classic' }, { policy: 'classic' }],
    [{ ...UPSTREAM, SHARED_IDEMPOTENCY: 'true' }, { sharedIdempotency: true }],
    [
      { PORT: '0', TICK_SECONDS: '0' },
      { port: 0, tickSeconds: 0 },
    ],
    [{ FAIL_OPEN_LEVEL: '3' }, { failOpenLevel: 3 }],
    [{ PORT: '' }, { port: 3000 }],
  ])('%o', (env, config) => {
    expect(readConfig({}, env)).toMatchObject(config);
  });

  test.each([
    [{ PORT: 'x' }, 'PORT must be an integer from 0 to 65535, got "x"'],
    [{ PORT: '65536' }, 'PORT must be an integer from 0 to 65535, got "65536"'],
    [{ TICK_SECONDS: '-1' }, 'TICK_SECONDS must be an integer from 0 to 86400, got "-1"'],
    [{ FAIL_OPEN_LEVEL: '4' }, 'FAIL_OPEN_LEVEL must be an integer from 1 to 3, got "4"'],
    [
      { POLICY: 'toString' },
      'POLICY must be one of classic, bank, production, adaptive, got "toString"',
    ],
    [
      { WEBHOOK_URL: 'http://example.com/' },
      'WEBHOOK_URL must be a URL such as https://example.com/hooks (http for 127.0.0.1 alone), without a user or a password, got "http://example.com/"',
    ],
    // fetch refuses it at each try, in words that show it whole.
    [
      { WEBHOOK_URL: 'https://:hush@example.com/hooks?key=hush' },
      'WEBHOOK_URL must be a URL such as https://example.com/hooks (http for 127.0.0.1 alone), without a user or a password, got "https://example.com/…"',
    ],
    [{ SHARED_IDEMPOTENCY: '1' }, 'SHARED_IDEMPOTENCY must be one of true, false, got "1"'],
    [{ FAULT_SWITCH: 'yes' }, 'FAULT_SWITCH must be one of on, off, got "yes"'],
    [
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL must be one of debug, info, warn, error, silent, got "loud"',
    ],
    [
      { SERVICE_VERSION: '1 2' },
      'SERVICE_VERSION must be up to 64 letters, digits, . _ + -, got "1 2"',
    ],
    [{ STAGE: 'a b' }, 'STAGE must be up to 32 letters, digits and dashes, got "a b"'],
    [{ AWS_REGION: 'Virginia' }, 'AWS_REGION must be a region such as us-east-1, got "Virginia"'],
    [
      { AWS_ENDPOINT_URL: '127.0.0.1:4566' },
      'AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566, got "127.0.0.1:4566"',
    ],
    [
      { AWS_ENDPOINT_URL: 'ftp://x' },
      'AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566, got "ftp://x"',
    ],
    [{ TABLE_NAME: 'x' }, 'TABLE_NAME must be 3 to 255 letters, digits, _ . -, got "x"'],
  ])('%o is refused', (env, message) => {
    expect(() => readConfig({}, env)).toThrow(new ConfigError(message));
  });

  test('every wrong one is named at once', () => {
    const read = () => readConfig({}, { PORT: 'x', POLICY: 'y' });
    expect(read).toThrow(/PORT must .*\n?.*POLICY must/s);
  });

  test('are all described', () => {
    const names = describeSettings()
      .match(/^ {2}[A-Z_]+/gm)
      ?.map((name) => name.trim());
    expect(names).toEqual([
      'PORT',
      'HOST',
      'DATA_DIR',
      'DURABILITY',
      'TABLE_NAME',
      'AWS_REGION',
      'AWS_ENDPOINT_URL',
      'EVENT_BUS',
      'WEBHOOK_URL',
      'WEBHOOK_SECRET',
      'SERVICE_VERSION',
      'WORKFLOW_ARN',
      'TICK_SECONDS',
      'FAIL_OPEN_LEVEL',
      'SHARED_IDEMPOTENCY',
      'API_KEY',
      'POLICY',
      'STAGE',
      'FAULT_SWITCH',
      'LOG_LEVEL',
      'SERVICES',
      'FULL_UPSTREAM_URL',
      'DEGRADED_UPSTREAM_URL',
      'PROBE_URL',
      'FULL_PROBE_URL',
      'UPSTREAM_TIMEOUT_MS',
      'LAST_GOOD_TABLE',
      'BREAKERS_TABLE',
      'ACCOUNTS_TABLE',
      'BANK_FULL_LATENCY_MS',
      'BANK_DEGRADED_LATENCY_MS',
      'BANK_MAINTENANCE_LATENCY_MS',
      'BANK_FULL_FAILURE_RATE',
      'BANK_DEGRADED_FAILURE_RATE',
      'BANK_PROBE_FAILURE_RATE',
    ]);
  });
});

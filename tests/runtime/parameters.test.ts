/** The parameters of a deployment: refused in the laptop's sentences, or packaged. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig, SETTINGS } from '../../lib/runtime/config.ts';
import {
  checkParameters,
  describeParameter,
  PARAMETER_NAMES,
} from '../../lib/runtime/parameters.ts';
import { parameterDefaults } from '../docs/parameters.ts';

const DEFAULTS = parameterDefaults().default;

type Values = Readonly<Record<string, unknown>>;

/** What is refused of a command line; null for one that is right. */
function refusalOf(given: Values, stage = 'dev', named = Object.keys(given)): string | null {
  const values = { ...DEFAULTS, ...given };
  try {
    checkParameters({ stage, named, values });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const URLS = {
  fullUpstreamUrl: 'https://api.example.com/orders',
  degradedUpstreamUrl: 'https://api.example.com/lite',
  probeUrl: 'https://api.example.com/health',
};
const A_URL = 'must be a URL such as https://api.example.com/orders';

describe('a command line', () => {
  test.each<[Values, string]>([
    [{ budgetUsd: '9' }, 'operatorEmail is missing; budgetUsd has nobody to tell without it'],
    [{ faceConcurrency: 'all' }, 'faceConcurrency must be an integer from 1 to 10000, got "all"'],
    [{ fautlSwitch: 'off' }, 'there is no parameter fautlSwitch; did you mean faultSwitch?'],
    [{ Policy: 'bank' }, 'there is no parameter Policy; did you mean policy?'],
    [{ faultSwitch: 'maybe' }, 'faultSwitch must be one of on, off, got "maybe"'],
    [{ failOpenLevel: '9' }, 'failOpenLevel must be an integer from 1 to 3, got "9"'],
    [
      { bankFullLatencyMs: 'abc' },
      'bankFullLatencyMs must be a range of milliseconds such as 50-150, up to 1000; 0 is off, got "abc"',
    ],
    [{ policy: 'nope' }, 'policy must be one of classic, bank, production, adaptive, got "nope"'],
    [
      { fullUpstreamUrl: 'foo', degradedUpstreamUrl: 'bar', probeUrl: 'baz' },
      `fullUpstreamUrl ${A_URL}, got no URL\ndegradedUpstreamUrl ${A_URL}, got no URL\nprobeUrl ${A_URL}, got no URL`,
    ],
    [
      { ...URLS, probeUrl: 'https://user:key@api.example.com/' },
      `probeUrl ${A_URL}, got one with credentials`,
    ],
    [
      { fullUpstreamUrl: URLS.fullUpstreamUrl, probeUrl: URLS.probeUrl },
      'degradedUpstreamUrl is missing; degradedUpstreamUrl and probeUrl go together',
    ],
    [{ services: 'Default' }, 'services must be scopes such as default,account, got "Default"'],
    [
      { executionData: 'yes', throttleRate: '0' },
      'executionData must be one of true, false, got "yes"\nthrottleRate must be an integer from 1 to 100000, got "0"',
    ],
    [
      { logRetentionDays: '10' },
      expect.stringMatching(/^logRetentionDays must be one of 1, 3, 5,/),
    ],
    [
      { operatorEmail: 'ana' },
      'operatorEmail must be an address such as ops@example.com, got "ana"',
    ],
    [
      { webhookUrl: 'https://example.com/hooks' },
      'webhookSecret is missing; webhookUrl and webhookSecret go together',
    ],
    [
      { webhookUrl: 'http://example.com/', webhookSecret: 'a b' },
      'webhookUrl must be a URL such as https://example.com/hooks (http for 127.0.0.1 alone), without a user or a password, got "http://example.com/"\nwebhookSecret must be the name of a parameter of SSM, got "a b"',
    ],
    [
      { subnetIds: 'subnet-0a1b2c3d' },
      'securityGroupIds is missing; subnetIds and securityGroupIds go together',
    ],
    [
      { securityGroupIds: 'sg-0a1b2c3d' },
      'subnetIds is missing; subnetIds and securityGroupIds go together',
    ],
    [
      { subnetIds: 'subnet-0a1b2c3d, subnet-0a1b2c3e', securityGroupIds: 'default' },
      'subnetIds must be up to 16 ids such as subnet-0a1b2c3d,subnet-0123456789abcdef0, got "subnet-0a1b2c3d, subnet-0a1b2c3e"\nsecurityGroupIds must be up to 5 ids such as sg-0a1b2c3d,sg-0123456789abcdef0, got "default"',
    ],
    [
      { subnetIds: 'subnet-0a1b2c3d', securityGroupIds: Array(6).fill('sg-0a1b2c3d').join(',') },
      expect.stringMatching(/^securityGroupIds must be up to 5 ids such as sg-/),
    ],
    [
      { otelEndpoint: 'collector' },
      'otelEndpoint must be a URL such as https://collector:4318, got "collector"',
    ],
    [
      { historyRetentionDays: '366' },
      expect.stringMatching(/^historyRetentionDays must be one of 1, 3, 5,/),
    ],
  ])('%o is refused', (given, message) => {
    expect(refusalOf(given)).toEqual(message);
  });

  test('with a parameter twice is refused: the framework would take the last', () => {
    const refusal = refusalOf({ policy: 'bank' }, 'dev', ['policy', 'failOpenLevel', 'policy']);
    expect(refusal).toBe('policy is given more than once');
  });

  test.each([
    ['x'.repeat(27), 'stage must be up to 26 letters, digits and dashes, got "'],
    ['a_b', 'stage must be up to 26 letters, digits and dashes, got "a_b"'],
  ])('for the stage %s is refused', (stage, message) => {
    expect(refusalOf({}, stage)).toContain(message);
  });

  test.each<Values>([
    {},
    URLS,
    { ...URLS, fullProbeUrl: 'http://10.0.0.1:8080/up', sharedIdempotency: 'true' },
    { policy: 'production', failOpenLevel: 3, upstreamTimeoutMs: '7000' },
    { operatorEmail: 'ops+3am@example.co.uk', logRetentionDays: 365, throttleRate: '10000' },
    {
      webhookUrl: 'http://127.0.0.1:9/hooks',
      webhookSecret: '/hooks/secret',
      historyRetentionDays: 731,
    },
    { otelEndpoint: 'http://collector.internal:4318' },
    {
      subnetIds: 'subnet-0a1b2c3d,subnet-0123456789abcdef0',
      securityGroupIds: Array(5).fill('sg-0a1b2c3d').join(','),
    },
    { tableDeletionPolicy: 'RetainExceptOnCreate', executionLogLevel: 'OFF', logLevel: 'silent' },
  ])('%o is right', (given) => {
    expect(refusalOf(given)).toBeNull();
  });
});

const ofSettings = PARAMETER_NAMES.filter((name) => describeParameter(name).setting !== null);
const rightOf = { policy: ['classic', 'bank'], logLevel: ['warn'], faultSwitch: ['on', 'off'] };

/** Texts that a hand may write: right, nearly right and wrong. */
const text = fc.oneof(
  fc.constantFrom(
    'on',
    'off',
    'true',
    '1',
    '3',
    '0',
    '-1',
    '1.5',
    '50-150',
    '150-50',
    '0.05',
    '1e3',
  ),
  fc.constantFrom('https://a.example/x', 'ftp://a.example', 'https://a:b@c.example', 'foo', ' on'),
  fc.constantFrom(...Object.values(rightOf).flat()),
  fc.string({ minLength: 1, maxLength: 12 }),
);

test('any values of settings are refused here exactly where the laptop refuses them, in its words', () => {
  const values = fc.dictionary(fc.constantFrom(...ofSettings), text, { maxKeys: 4 });
  let refused = 0;
  fc.assert(
    fc.property(values, (given) => {
      const env = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [describeParameter(name).setting, value]),
      );
      const expected = laptopRefusal(env);
      if (expected !== null) refused += 1;
      expect(refusalOf({ ...given })).toBe(expected);
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(200);
});

/** What the laptop says of the same, with the parameters in place of its settings. */
function laptopRefusal(env: Record<string, string>): string | null {
  try {
    readConfig({}, { ...env });
    return null;
  } catch (error) {
    const nameOf = new Map(ofSettings.map((name) => [describeParameter(name).setting, name]));
    const settings = Object.keys(SETTINGS).toSorted((a, b) => b.length - a.length);
    return settings.reduce(
      (words, setting) =>
        words.replaceAll(new RegExp(`\\b${setting}\\b`, 'g'), nameOf.get(setting) ?? setting),
      (error as Error).message,
    );
  }
}

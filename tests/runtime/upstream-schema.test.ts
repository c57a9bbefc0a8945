/** What `upstream` of an entry may be, what is said of one that may not, and the settings it makes. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../lib/level/policy.ts';
import { RULE_NAMES } from '../../lib/shared/fleet-rules.ts';
import { upstreamSchema, upstreamSettingsOf } from '../../lib/runtime/upstream-schema.ts';
import { problemOf } from '../../lib/runtime/validation.ts';

const url = 'https://api.example.com/v1';
const degraded = 'https://lite.example.com/';
const probe = 'https://lite.example.com/health';

const problemIn = (given: unknown): string => {
  const parsed = v.safeParse(upstreamSchema, given);
  return parsed.success ? 'nothing' : problemOf(parsed.issues);
};

describe('an upstream', () => {
  test('may be one URL', () => {
    const where = { scope: 'orders' };
    expect(upstreamSettingsOf(v.parse(upstreamSchema, { url }), PRESETS.production, where)).toEqual(
      {
        fullUrl: new URL(url),
        degraded: 'last-good',
        timeoutMs: 2_500,
        breakAfter: PRESETS.production.consecutiveErrors,
        append: true,
        location: 'pass',
        passCors: false,
        credentials: [],
      },
    );
    expect(v.parse(upstreamSchema, { url }).sharedIdempotency).toBe(false);
  });

  test('may say all there is to say', () => {
    const given = {
      url,
      degraded,
      probe,
      fullProbe: `${url}/health`,
      timeoutMs: 100,
      location: 'rewrite',
      sharedIdempotency: true,
      credentials: [
        { header: 'Authorization', ssm: '/shop/key', prefix: 'Bearer ' },
        { header: 'X-Api-Key', secret: 'arn:aws:secretsmanager:us-east-1:1:secret:key-1' },
      ],
    };
    const entry = v.parse(upstreamSchema, given);
    expect(entry.sharedIdempotency).toBe(true);
    expect(upstreamSettingsOf(entry, PRESETS.bank, { scope: 'orders', passCors: true })).toEqual({
      fullUrl: new URL(url),
      degraded: new URL(degraded),
      probeUrl: new URL(probe),
      fullProbeUrl: new URL(`${url}/health`),
      timeoutMs: 100,
      breakAfter: PRESETS.bank.errorsToDegrade,
      append: true,
      location: 'rewrite',
      passCors: true,
      credentials: given.credentials,
    });
  });

  test.each([
    [undefined, undefined],
    [false, undefined],
    [true, { scope: 'orders', rules: {} }],
    [
      { failureThreshold: 0.25, ramp: [] },
      { scope: 'orders', rules: { failureThreshold: 0.25, ramp: [] } },
    ],
  ])('with sharedBreaker %j shares its breakers as %j', (sharedBreaker, expected) => {
    const entry = v.parse(upstreamSchema, { url, sharedBreaker });
    const settings = upstreamSettingsOf(entry, PRESETS.bank, { scope: 'orders' });
    expect(settings.sharedBreaker).toEqual(expected);
  });

  test.each([
    [{ text: '{}' }, { status: 200, contentType: 'application/json', text: '{}' }],
    [
      { status: 203, contentType: 'text/html; charset=utf-8', text: '<p>' },
      { status: 203, contentType: 'text/html; charset=utf-8', text: '<p>' },
    ],
    ['last-good', 'last-good'],
    ['last-good-per-caller', 'last-good-per-caller'],
  ])('degrades to %j', (given, expected) => {
    expect(v.parse(upstreamSchema, { url, degraded: given }).degraded).toEqual(expected);
  });

  const MUST = 'must be a URL such as https://api.example.com/orders';
  const EITHER = 'must be a URL, {status, contentType, text}, last-good or last-good-per-caller';

  test.each<[unknown, string]>([
    [{}, 'url is missing'],
    ['https://api.example.com', 'an upstream must be an object, got "https://api.example.com"'],
    [{ url, uri: url }, 'uri is not a field of an upstream; did you mean url?'],
    [{ url, timeout: 1 }, 'timeout is not a field of an upstream; did you mean timeoutMs?'],
    [{ url: '/orders' }, `url ${MUST}, got no URL`],
    [{ url: 7 }, `url ${MUST}, got 7`],
    [{ url: 'https://me:secret@example.com' }, `url ${MUST}, got one with credentials`],
    [{ url: 'https://example.com/?key=secret#' }, `url ${MUST}, got one with a fragment`],
    [{ url: 'ftp://example.com' }, `url ${MUST}, got one of ftp:`],
    [{ url, fullProbe: 'x' }, `fullProbe ${MUST}, got no URL`],
    [{ url, degraded: 'lastgood' }, `degraded ${EITHER}, got no URL`],
    [{ url, degraded: 7 }, `degraded ${EITHER}, got 7`],
    [
      { url, degraded: { text: 'x', type: 'y' } },
      'degraded.type is not a field of a static answer; did you mean text?',
    ],
    [
      { url, degraded: { text: 'x', status: 100 } },
      'degraded.status must be an integer from 200 to 599, got 100',
    ],
    [
      { url, degraded: { text: 'x', contentType: 'json' } },
      'degraded.contentType must be a media type such as application/json',
    ],
    [
      { url, degraded: { text: 'x'.repeat(102_401) } },
      'degraded.text must have at most 102400 bytes',
    ],
    [
      { url, degraded },
      'probe is missing: where degraded is a URL, nothing else shows that it is well again',
    ],
    [{ url, probe }, 'probe must be absent where degraded is no URL: there is nothing to probe'],
    [{ url, timeoutMs: 7_001 }, 'timeoutMs must be an integer from 1 to 7000, got 7001'],
    [{ url, timeoutMs: '1' }, 'timeoutMs must be an integer from 1 to 7000, got "1"'],
    [
      { url, sharedBreaker: 'yes' },
      "sharedBreaker must be true, or an object of the rules of the fleet: expected the rules of the fleet to be an object, got 'yes'",
    ],
    [
      { url, sharedBreaker: { quorm: 3 } },
      `sharedBreaker must be true, or an object of the rules of the fleet: expected the rules of the fleet to be of ${RULE_NAMES.join(', ')}, got quorm; did you mean quorum?`,
    ],
    [
      { url, sharedBreaker: { quorum: 0 } },
      'sharedBreaker must be true, or an object of the rules of the fleet: expected quorum to be an integer from 1 to 64, got 0',
    ],
    [{ url, append: 'no' }, 'append must be true or false, got "no"'],
    [{ url, location: 'follow' }, 'location must be one of pass, rewrite'],
    [
      { url, append: false, location: 'rewrite' },
      'location must be pass where append is false: other paths than its own lead nowhere',
    ],
    [{ url, credentials: {} }, 'credentials must be a list of at most 5, got Object'],
    [{ url, credentials: [{ ssm: 'a' }] }, 'credentials.0.header is missing'],
    [
      { url, credentials: [{ header: 'Host', ssm: 'a' }] },
      'credentials.0.header must be a header that is free, got "Host"',
    ],
    [{ url, credentials: [{ header: 'A' }] }, 'credentials.0 must have either ssm or secret'],
    [
      { url, credentials: [{ header: 'A', ssm: 'a', secret: 'b' }] },
      'credentials.0 must have either ssm or secret',
    ],
    [
      {
        url,
        credentials: [
          { header: 'A', ssm: 'a' },
          { header: 'a', ssm: 'b' },
        ],
      },
      'credentials must have no header twice',
    ],
  ])('%j is refused: %s', (given, problem) => {
    expect(problemIn(given)).toBe(problem);
  });
});

/** The settings of the upstream service: all of them or none, and no key in a refusal. */
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../lib/level/policy.ts';
import { ConfigError, readConfig } from '../../lib/runtime/config.ts';
import { readFaceConfig } from '../../lib/runtime/face-config.ts';

const URLS = {
  FULL_UPSTREAM_URL: 'https://api.example.com/orders?key=k',
  DEGRADED_UPSTREAM_URL: 'http://10.0.0.1:8080/',
  PROBE_URL: 'https://api.example.com/health',
};
const MUST = 'must be a URL such as https://api.example.com/orders';

describe('the URLs of the upstreams', () => {
  test('are none by default: the demo serves', () => {
    expect(readFaceConfig({}, {})).not.toHaveProperty('upstream');
    const empty = Object.fromEntries(Object.keys(URLS).map((name) => [name, '']));
    expect(readFaceConfig({}, empty)).not.toHaveProperty('upstream');
  });

  test('may name services that Cloud Map knows', () => {
    const FULL_UPSTREAM_URL = 'cloudmap://internal.example/orders/v1?key=k';
    const { upstream } = readFaceConfig({}, { ...URLS, FULL_UPSTREAM_URL });
    expect(upstream?.fullUrl.href).toBe(FULL_UPSTREAM_URL);
  });

  test.each([readFaceConfig, readConfig])('are read by %o', (read) => {
    const { upstream } = read({}, URLS);
    expect(upstream?.fullUrl.href).toBe(URLS.FULL_UPSTREAM_URL);
    expect(upstream?.degraded).toEqual(new URL(URLS.DEGRADED_UPSTREAM_URL));
    expect(upstream?.probeUrl?.href).toBe(URLS.PROBE_URL);
    expect(upstream?.timeoutMs).toBe(2_500);
  });

  test('may be that of the full API alone: its last good answers serve at level 2', () => {
    const { upstream } = readFaceConfig({}, { FULL_UPSTREAM_URL: URLS.FULL_UPSTREAM_URL });
    expect(upstream).toEqual({
      fullUrl: new URL(URLS.FULL_UPSTREAM_URL),
      degraded: 'last-good',
      timeoutMs: 2_500,
      breakAfter: PRESETS.production.consecutiveErrors,
      append: true,
      location: 'pass',
      passCors: true,
      credentials: [],
    });
  });

  test.each([
    [
      { PROBE_URL: undefined },
      'PROBE_URL is missing; DEGRADED_UPSTREAM_URL and PROBE_URL go together',
    ],
    [
      { FULL_UPSTREAM_URL: undefined },
      'FULL_UPSTREAM_URL is missing; without it there is nothing to degrade',
    ],
    [
      { DEGRADED_UPSTREAM_URL: undefined },
      'DEGRADED_UPSTREAM_URL is missing; DEGRADED_UPSTREAM_URL and PROBE_URL go together',
    ],
    [{ FULL_UPSTREAM_URL: 'api.example.com' }, `FULL_UPSTREAM_URL ${MUST}, got no URL`],
    [{ FULL_UPSTREAM_URL: '/orders' }, `FULL_UPSTREAM_URL ${MUST}, got no URL`],
    [{ PROBE_URL: 'file:///etc/passwd' }, `PROBE_URL ${MUST}, got one of file:`],
    [{ PROBE_URL: 'ftp://example.com' }, `PROBE_URL ${MUST}, got one of ftp:`],
    [
      { DEGRADED_UPSTREAM_URL: 'https://me:secret@example.com' },
      `DEGRADED_UPSTREAM_URL ${MUST}, got one with credentials`,
    ],
    [{ PROBE_URL: 'https://example.com/#a' }, `PROBE_URL ${MUST}, got one with a fragment`],
    [
      { FULL_UPSTREAM_URL: 'x:key', PROBE_URL: undefined },
      `FULL_UPSTREAM_URL ${MUST}, got one of x:\nPROBE_URL is missing; DEGRADED_UPSTREAM_URL and PROBE_URL go together`,
    ],
    [
      { UPSTREAM_TIMEOUT_MS: '7001' },
      'UPSTREAM_TIMEOUT_MS must be an integer from 1 to 7000, got "7001"',
    ],
    [
      { UPSTREAM_TIMEOUT_MS: '0' },
      'UPSTREAM_TIMEOUT_MS must be an integer from 1 to 7000, got "0"',
    ],
  ])('%o is refused', (given, message) => {
    expect(() => readFaceConfig({}, { ...URLS, ...given })).toThrow(new ConfigError(message));
  });

  test.each(['cloudmap://internal', 'cloudmap:///orders', 'cloudmap://internal:80/orders'])(
    '%s is refused',
    (url) => {
      const message =
        'PROBE_URL must be a URL such as https://api.example.com/orders, or cloudmap://namespace/service/path, got one without a namespace or a service, or with a port';
      const read = () => readFaceConfig({}, { ...URLS, PROBE_URL: url });
      expect(read).toThrow(new ConfigError(message));
    },
  );
});

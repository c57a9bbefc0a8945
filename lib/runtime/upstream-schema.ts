/** What `upstream` of an entry must look like, and the settings that it turns into. */
import * as v from 'valibot';
import type { Policy } from '../level/policy.ts';
import {
  DEFAULT_TRY_MS,
  LONGEST_TRY_MS,
  breakAfterOf,
  type CredentialSource,
  type UpstreamSettings,
} from '../services/upstream-settings.ts';
import { BreakerOptionsError } from '../breaker/errors.ts';
import { FLEET_DEFAULTS, rulesOver, type FleetRules } from '../shared/fleet-rules.ts';
import { ConfigError, matching, oneOf } from './settings.ts';
import { EXPECTED_URL, problemOfUrl } from './upstream-url.ts';
import { gotOf, integerFrom, problemOf, strictFields } from './validation.ts';

/** A static answer lies in the function's bundle. */
const MAX_STATIC_BYTES = 100 * 1024;
const MAX_CREDENTIALS = 5;

const LAST_GOOD = ['last-good', 'last-good-per-caller'] as const;

/** Headers that belong to one connection or that the request says for itself: no credential is one. */
const OWN_HEADER =
  /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|host|content-length|content-type|accept-encoding|expect|via|x-execution-id)$/i;

const url = (expected = EXPECTED_URL) =>
  v.pipe(
    v.string((issue) => `${expected}, got ${issue.received.toLowerCase()}`),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const problem = problemOfUrl(dataset.value);
      if (problem === null) return new URL(dataset.value);
      addIssue({ message: `${expected}, ${problem}` });
      return NEVER;
    }),
  );

const text = (words: string) => v.string((issue) => `must be ${words}, ${gotOf(issue)}`);
const flag = v.boolean((issue) => `must be true or false, ${gotOf(issue)}`);

const staticSchema = strictFields('a static answer', {
  status: v.optional(integerFrom(200, 599), 200),
  contentType: v.optional(
    matching(/^[\w.+-]+\/[\w.+-]+(\s*;[\t\x20-\x7e]*)?$/, 'a media type such as application/json'),
    'application/json',
  ),
  text: v.pipe(
    text('the text of the answer'),
    v.maxBytes(MAX_STATIC_BYTES, (issue) => `must have at most ${issue.requirement} bytes`),
  ),
});

const EXPECTED_DEGRADED = `must be a URL, {status, contentType, text}, ${LAST_GOOD.join(' or ')}`;

const degradedUrl = url(EXPECTED_DEGRADED);
const lastGood = v.picklist(LAST_GOOD);
type Degraded = v.InferOutput<typeof degradedUrl | typeof staticSchema | typeof lastGood>;

const degradedSchema = v.lazy((input): v.GenericSchema<unknown, Degraded> => {
  if (v.is(lastGood, input)) return lastGood;
  return typeof input === 'object' && input !== null ? staticSchema : degradedUrl;
});

const SOURCE = /^[\w+=,.@/:!-]{1,2048}$/;

const credentialSchema = v.pipe(
  strictFields('a credential', {
    header: v.pipe(
      matching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'the name of a header'),
      v.check(
        (name) => !OWN_HEADER.test(name),
        (issue) => `must be a header that is free, ${gotOf(issue)}`,
      ),
    ),
    ssm: v.optional(matching(SOURCE, 'the name or ARN of a parameter')),
    secret: v.optional(matching(SOURCE, 'the name or ARN of a secret')),
    prefix: v.optional(matching(/^[\x20-\x7e]{0,64}$/, 'at most 64 visible characters')),
  }),
  v.check(
    ({ ssm, secret }) => (ssm === undefined) !== (secret === undefined),
    'must have either ssm or secret',
  ),
  v.transform(({ header, ssm, secret = '', prefix }): CredentialSource => ({
    header,
    ...(prefix !== undefined && { prefix }),
    ...(ssm === undefined ? { secret } : { ssm }),
  })),
);

const SHARED = 'must be true, or an object of the rules of the fleet';

/** true is the defaults, false is as if it were absent. */
const sharedBreakerSchema = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): Partial<FleetRules> | undefined => {
    if (value === false) return undefined;
    if (value === true) return {};
    try {
      rulesOver(FLEET_DEFAULTS, value);
    } catch (error) {
      const why = error instanceof BreakerOptionsError ? error.message : String(error);
      addIssue({ message: `${SHARED}: ${why}` });
      return NEVER;
    }
    return value as Partial<FleetRules>;
  }),
);

const LIST = `must be a list of at most ${MAX_CREDENTIALS}`;

/** The `upstream` of an entry. */
export const upstreamSchema = v.pipe(
  strictFields('an upstream', {
    url: url(),
    degraded: v.optional(degradedSchema, 'last-good'),
    probe: v.optional(url()),
    fullProbe: v.optional(url()),
    timeoutMs: v.optional(integerFrom(1, LONGEST_TRY_MS), DEFAULT_TRY_MS),
    append: v.optional(flag, true),
    location: v.optional(oneOf(['pass', 'rewrite']), 'pass'),
    sharedIdempotency: v.optional(flag, false),
    sharedBreaker: v.optional(sharedBreakerSchema),
    credentials: v.optional(
      v.pipe(
        v.array(credentialSchema, (issue) => `${LIST}, ${gotOf(issue)}`),
        v.maxLength(MAX_CREDENTIALS, (issue) => `${LIST}, got ${issue.received}`),
        v.check(
          (list) => new Set(list.map(({ header }) => header.toLowerCase())).size === list.length,
          'must have no header twice',
        ),
      ),
      [],
    ),
  }),
  v.forward(
    v.check(
      ({ degraded, probe }) => !(degraded instanceof URL) || probe !== undefined,
      'is missing: where degraded is a URL, nothing else shows that it is well again',
    ),
    ['probe'],
  ),
  v.forward(
    v.check(
      ({ degraded, probe }) => degraded instanceof URL || probe === undefined,
      'must be absent where degraded is no URL: there is nothing to probe',
    ),
    ['probe'],
  ),
  v.forward(
    v.check(
      ({ append, location }) => append || location === 'pass',
      'must be pass where append is false: other paths than its own lead nowhere',
    ),
    ['location'],
  ),
);

/** An `upstream` that validates. */
export type UpstreamEntry = v.InferOutput<typeof upstreamSchema>;

/**
 * The settings of an upstream.
 *
 * @param policy The deployed one of its scope: the breaker opens after as many errors as degrade the level.
 * @param where.scope Whose rows its breakers have, where a fleet shares them.
 * @param where.passCors Whether the entry leaves CORS to the upstream; default false.
 */
export function upstreamSettingsOf(
  entry: UpstreamEntry,
  policy: Policy,
  { scope, passCors = false }: { readonly scope: string; readonly passCors?: boolean },
): UpstreamSettings {
  const { url: fullUrl, probe: probeUrl, fullProbe: fullProbeUrl, degraded, ...others } = entry;
  const { timeoutMs, append, location, credentials, sharedBreaker: rules } = others;
  return {
    fullUrl,
    degraded,
    ...(probeUrl !== undefined && { probeUrl }),
    ...(fullProbeUrl !== undefined && { fullProbeUrl }),
    timeoutMs,
    breakAfter: breakAfterOf(policy),
    append,
    location,
    passCors,
    credentials,
    ...(rules !== undefined && { sharedBreaker: { scope, rules } }),
  };
}

/**
 * The settings of an upstream as an entry of services.json has it.
 *
 * @throws ConfigError
 */
export function readUpstream(
  entry: unknown,
  policy: Policy,
  options: Parameters<typeof upstreamSettingsOf>[2],
): UpstreamSettings {
  const parsed = v.safeParse(upstreamSchema, entry, { abortEarly: true });
  if (!parsed.success) throw new ConfigError(`services.json: ${problemOf(parsed.issues)}`);
  return upstreamSettingsOf(parsed.output, policy, options);
}

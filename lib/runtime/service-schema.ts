/** What an entry of services.json must look like: one schema for `npm start`, for packaging and for the tests. */
import * as v from 'valibot';
import { PRESETS, type PresetName } from '../level/policy.ts';
import { hasOneText, MAINTENANCE_FIELDS, ONE_TEXT } from '../services/maintenance-answer.ts';
import { overridesSchema } from './policy-schema.ts';
import { isRoute, routeOf, ROUTE_WORDS } from './routes.ts';
import { matching, oneOf } from './settings.ts';
import { tenantsSchema } from './tenants-schema.ts';
import { upstreamSchema } from './upstream-schema.ts';
import { integerFrom, strictFields } from './validation.ts';

/** The most routes of one service. */
const MAX_ROUTES = 50;

/** The most read replicas of a level: with the row ten items, 60,000 reads a second. */
const MAX_READ_REPLICAS = 9;

/** The most entries of a list in an entry. */
const MAX_LIST = 10;

const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const atLeastOne = v.pipe(v.number(), v.integer(), v.minValue(1));

const alarmsSchema = strictFields('alarms', {
  errorRate: v.optional(v.strictTuple([share, share]), [0.25, 0.5]),
  minRequests: v.optional(atLeastOne, 20),
  // CloudWatch takes whole minutes, and a day for all periods of an alarm, of which two are spare.
  periodS: v.optional(v.pipe(atLeastOne, v.multipleOf(60), v.maxValue(3_600)), 60),
  periods: v.optional(v.pipe(atLeastOne, v.maxValue(22)), 1),
});

const origin = v.pipe(
  v.string(),
  v.check(
    (text) => text === '*' || URL.parse(text)?.origin === text,
    'must be * or an origin such as https://www.example.com',
  ),
);

const headerName = matching(/^[\w!#$%&'*+.^`|~-]{1,64}$/, 'the name of a header');

const corsSchema = v.pipe(
  strictFields('cors', {
    origins: v.optional(v.pipe(v.array(origin), v.minLength(1), v.maxLength(MAX_LIST)), ['*']),
    headers: v.optional(v.pipe(v.array(headerName), v.maxLength(32)), ['Content-Type']),
    credentials: v.optional(v.boolean(), false),
  }),
  v.check(
    ({ origins }) => origins.length === 1 || !origins.includes('*'),
    'must have * alone, or origins by name',
  ),
  v.check(
    ({ origins, credentials }) => !(credentials && origins.includes('*')),
    'must name its origins where credentials is true: browsers take no * then',
  ),
);

const action = matching(/^[A-Z][A-Za-z]+$/, 'an action of DynamoDB such as GetItem');

const statementsSchema = v.pipe(
  v.array(
    strictFields('a permission', {
      actions: v.pipe(v.array(action), v.minLength(1), v.maxLength(MAX_LIST)),
      /** Patterns of the partition keys that they hold for; absent: all. */
      keys: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(MAX_LIST))),
    }),
  ),
  v.maxLength(MAX_LIST),
);

const environmentName = matching(/^[A-Z][A-Z0-9_]{1,63}$/, 'capital letters, digits and _');

const tableSchema = strictFields('a table', {
  /** The setting that tells the faces its name. */
  env: environmentName,
  full: v.optional(statementsSchema, []),
  degraded: v.optional(statementsSchema, []),
});

const texts = v.record(environmentName, v.string());

const route = v.pipe(
  v.string(),
  v.check(isRoute, `must be a route ${ROUTE_WORDS}`),
  v.transform(routeOf),
);

const AUTHORIZER =
  /^arn:aws[\w-]*:(lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w-]+)?|cognito-idp:[\w-]+:\d{12}:userpool\/[\w-]+)$/;

const auth = v.pipe(
  v.string(),
  v.check(
    (text) => ['none', 'iam', 'apiKey'].includes(text) || AUTHORIZER.test(text),
    'must be none, iam, apiKey, or the ARN of a Lambda function or a Cognito user pool',
  ),
);

/** The fields of an entry, each as it must be alone. */
const fields = {
  /** Who is asked for, and how: `GET /orders/{id}`. */
  routes: v.pipe(v.array(route), v.minLength(1, 'must have a route'), v.maxLength(MAX_ROUTES)),
  /** The file services/NAME.ts, which makes the three faces. */
  module: v.optional(matching(/^[a-z][a-z0-9-]{0,31}$/, 'the name of a file in services/')),
  /** Content types that bodies may have besides the common ones of text, where an API of one's own serves. */
  contentTypes: v.optional(
    v.pipe(
      v.array(matching(/^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64}$/, 'a media type in lower case')),
      v.maxLength(MAX_LIST),
    ),
    [],
  ),
  /** An API of one's own, by its URLs, in the place of a module. */
  upstream: v.optional(upstreamSchema),
  /** A schema of docs/openapi.yaml that JSON bodies are held to; where there is none, any JSON. */
  body: v.optional(matching(/^[A-Z]\w{0,63}$/, 'the name of a schema in docs/openapi.yaml')),
  /** A preset; absent: the one that POLICY names. */
  policy: v.optional(oneOf(Object.keys(PRESETS) as PresetName[])),
  /** What the deployment has otherwise than the preset. */
  overrides: v.optional(overridesSchema),
  /** Read replicas of its level, of which each request reads one or the row itself; each takes 6,000 reads a second. */
  readReplicas: v.optional(integerFrom(0, MAX_READ_REPLICAS), 0),
  signals: v.optional(oneOf(['direct', 'alarms', 'both']), 'direct'),
  alarms: v.optional(alarmsSchema, {}),
  /** Words of its own at level 3; only checked here, lib/runtime/maintenance-answers.ts is who reads them. */
  maintenance: v.optional(
    v.pipe(strictFields('maintenance', MAINTENANCE_FIELDS), v.check(hasOneText, ONE_TEXT)),
  ),
  /** Whether the faces know each other's Idempotency-Keys: only then does the shield serve a POST again. */
  sharedIdempotency: v.optional(v.boolean()),
  cors: v.optional(
    v.lazy((given) => (given === 'off' ? v.literal('off') : corsSchema)),
    {},
  ),
  auth: v.optional(auth, 'none'),
  /** Callers who have a level of their own; all others share that of the service. */
  tenants: v.optional(tenantsSchema),
  /** DynamoDB tables that the deployment makes for it, by logical id. */
  tables: v.optional(
    v.record(matching(/^[A-Z][A-Za-z0-9]{2,63}$/, 'a logical id such as OrdersTable'), tableSchema),
    {},
  ),
  /** Settings of the faces' functions; `${param:name}` is a parameter of the deployment. */
  environment: v.optional(
    strictFields('environment', {
      full: v.optional(texts, {}),
      degraded: v.optional(texts, {}),
      maintenance: v.optional(texts, {}),
    }),
    {},
  ),
};

/** An entry, with the ways in which a stage has it otherwise taken out. */
export const serviceSchema = strictFields('a service', fields);

/** An entry as it is deployed. */
export type ServiceEntry = v.InferOutput<typeof serviceSchema>;

/** The parameters of a deployment (`--param name=value`): one table, and their checks. */
import { closest } from 'fastest-levenshtein';
import * as v from 'valibot';
import { isHttpUrl, readConfig, SETTINGS, webhookUrl } from './config.ts';
import { ConfigError, described, integer, matching, oneOf, readSettings } from './settings.ts';

/** What CloudWatch Logs keeps a log for, in days. Source: PutRetentionPolicy. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922,
  3_288, 3_653,
].map(String);

const truth = oneOf(['true', 'false']);
const onOff = oneOf(['on', 'off']);

/** Ids of one kind with commas between them, at most so many as a function takes. Source: Lambda, VpcConfig. */
const idsOf = (kind: 'sg' | 'subnet', most: number) => {
  const id = `${kind}-[0-9a-f]{8}(?:[0-9a-f]{9})?`;
  const words = `up to ${most} ids such as ${kind}-0a1b2c3d,${kind}-0123456789abcdef0`;
  return v.optional(matching(new RegExp(`^${id}(?:,${id}){0,${most - 1}}$`), words));
};

/** Function names have at most 64 characters, and the longest is resilient-service-{stage}-maintenance-service. */
const LONGEST_STAGE = 26;

/** Parameters that are settings of the functions: the laptop has them too, and their rules. */
const OF_SETTINGS = {
  policy: 'POLICY',
  services: 'SERVICES',
  failOpenLevel: 'FAIL_OPEN_LEVEL',
  faultSwitch: 'FAULT_SWITCH',
  logLevel: 'LOG_LEVEL',
  fullUpstreamUrl: 'FULL_UPSTREAM_URL',
  degradedUpstreamUrl: 'DEGRADED_UPSTREAM_URL',
  probeUrl: 'PROBE_URL',
  fullProbeUrl: 'FULL_PROBE_URL',
  sharedIdempotency: 'SHARED_IDEMPOTENCY',
  upstreamTimeoutMs: 'UPSTREAM_TIMEOUT_MS',
  bankFullLatencyMs: 'BANK_FULL_LATENCY_MS',
  bankDegradedLatencyMs: 'BANK_DEGRADED_LATENCY_MS',
  bankMaintenanceLatencyMs: 'BANK_MAINTENANCE_LATENCY_MS',
  bankFullFailureRate: 'BANK_FULL_FAILURE_RATE',
  bankDegradedFailureRate: 'BANK_DEGRADED_FAILURE_RATE',
  bankProbeFailureRate: 'BANK_PROBE_FAILURE_RATE',
} as const satisfies Readonly<Record<string, keyof typeof SETTINGS>>;

/** Parameters of the stack alone. */
const OF_STACK = {
  logRetentionDays: described(oneOf(RETENTION_DAYS), 'days that logs are kept'),
  executionLogLevel: described(
    oneOf(['ALL', 'ERROR', 'FATAL', 'OFF']),
    'which executions are logged',
  ),
  executionData: described(
    truth,
    'whether they are logged with their data, which is the requests of the clients',
  ),
  throttleRate: described(
    integer(1, 100_000),
    'requests a second that the gateway lets through; above it answers 429 at no cost',
  ),
  throttleBurst: described(integer(1, 100_000), 'and how many more at once'),
  tableDeletionPolicy: described(
    oneOf(['Delete', 'Retain', 'RetainExceptOnCreate']),
    'what becomes of the tables when the stack goes',
  ),
  tableDeletionProtection: described(truth, 'whether the tables refuse to be deleted'),
  keepVersions: described(
    truth,
    'whether a deploy keeps the version of a function that it replaces',
  ),
  rollbackMinutes: described(
    v.optional(integer(5, 180)),
    'minutes after a deploy in which an alarm of the stage takes it back (default: none does)',
  ),
  mutatorConcurrency: described(
    v.optional(integer(1, 10_000)),
    'executions at once that are kept for the mutator',
  ),
  maintenanceConcurrency: described(v.optional(integer(1, 10_000)), 'and for the maintenance face'),
  faceConcurrency: described(
    v.optional(integer(1, 10_000)),
    'the most that the full face may have, and the degraded one',
  ),
  slowAnswerMs: described(
    integer(1, 29_000),
    'people hear where one answer in a hundred takes longer, in milliseconds',
  ),
  budgetUsd: described(
    v.optional(integer(1, 10_000_000)),
    'US dollars a month above which operatorEmail hears; needs it, and the tag Stage to be a cost allocation tag',
  ),
  costCenter: described(
    v.optional(
      matching(/^[\w .:/=+@-]{1,128}$/, 'up to 128 letters, digits, spaces, . : / = + @ - _'),
    ),
    'the tag CostCenter',
  ),
  gatewayLogRole: described(
    oneOf(['own', 'account']),
    "whose role writes the gateway's logs: account where the account has one already",
  ),
  historyRetentionDays: described(
    oneOf(RETENTION_DAYS),
    'days that every change of a level is on record',
  ),
  webhookUrl: described(
    v.optional(webhookUrl),
    'where changes of level are sent to, signed; needs webhookSecret',
  ),
  webhookSecret: described(
    v.optional(matching(/^\/?[\w./-]{1,200}$/, 'the name of a parameter of SSM')),
    'the SecureString that webhookUrl gets its messages signed with',
  ),
  otelEndpoint: described(
    v.optional(
      v.pipe(v.string(), v.check(isHttpUrl, 'must be a URL such as https://collector:4318')),
    ),
    'where the functions send spans and metrics by OTLP over HTTP; each has the SDK beside it then',
  ),
  operatorEmail: described(
    v.optional(
      matching(/^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@]{2,63}$/, 'an address such as ops@example.com'),
    ),
    'who hears of the alarms that a person must look at, and of level changes; asked to confirm',
  ),
  statusAuth: described(
    oneOf(['none', 'iam']),
    'who may read GET /circuit-breaker: everybody, or who signs the request',
  ),
  statusPage: described(
    onOff,
    'whether GET /circuit-breaker/page is the live page, for those who may read the status',
  ),
  domainName: described(
    v.optional(matching(/^([a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}$/, 'a name such as api.example.com')),
    'a name of its own for the API; needs certificateArn, and a record that leads to it',
  ),
  certificateArn: described(
    v.optional(
      matching(/^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, 'the ARN of a certificate'),
    ),
    'its certificate, in the same region',
  ),
  webAclArn: described(
    v.optional(
      matching(
        /^arn:aws[\w-]*:wafv2:[\w-]+:\d{12}:regional\/webacl\/[\w/-]+$/,
        'the ARN of a regional web ACL',
      ),
    ),
    'a web ACL of AWS WAF before the API',
  ),
  subnetIds: described(
    idsOf('subnet', 16),
    'private subnets that the full and the degraded face call from; needs securityGroupIds',
  ),
  securityGroupIds: described(idsOf('sg', 5), 'the security groups that they have there'),
  alarmMath: described(onOff, 'off for an emulator that knows no metric math'),
} as const;

/** The name of every parameter, in the order of the tables. */
export const PARAMETER_NAMES: readonly string[] = [
  ...Object.keys(OF_SETTINGS),
  ...Object.keys(OF_STACK),
];

/** A parameter in words. */
export interface DescribedParameter {
  readonly words: string;
  /** What it must be, as a refusal says it; null where no single text is refused. */
  readonly form: string | null;
  /** The setting of the laptop, where there is one. */
  readonly setting: string | null;
}

/** What a parameter is, and must be. */
export function describeParameter(name: string): DescribedParameter {
  const setting = settingOf(name);
  const schema = setting === null ? OF_STACK[name as keyof typeof OF_STACK] : SETTINGS[setting];
  const [issue] = v.safeParse(schema, ' ').issues ?? [];
  const form = issue === undefined ? null : issue.message.replace(/^must be /, '');
  return { words: v.getDescription(schema) ?? '', form, setting };
}

/** What is checked of a deployment. */
export interface Given {
  readonly stage: string;
  /** Every parameter that a command line names, in its order. */
  readonly named: readonly string[];
  /** The value of each known parameter, as the stage has it; empty texts count as absent. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Checks the parameters of a deployment, by the rules and in the sentences of the laptop.
 *
 * @throws ConfigError naming every parameter that does not validate.
 */
export function checkParameters({ stage, named, values }: Given): void {
  const texts = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, textOf(value)]),
  );
  const problems = [
    ...new Set([...unknownIn(named), ...repeatedIn(named)]),
    ...problemsOf(() => checkStack(stage, texts)),
    ...togetherIn(texts),
    ...problemsOf(() => checkSettings(stage, texts)),
  ];
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function unknownIn(named: readonly string[]): string[] {
  return named
    .filter((name) => !PARAMETER_NAMES.includes(name))
    .map(
      (name) => `there is no parameter ${name}; did you mean ${closest(name, PARAMETER_NAMES)}?`,
    );
}

function repeatedIn(named: readonly string[]): string[] {
  return named
    .filter((name, index) => named.indexOf(name) < index)
    .map((name) => `${name} is given more than once`);
}

/** Parameters that mean nothing without each other. */
const PAIRS = [
  ['domainName', 'certificateArn'],
  ['webhookUrl', 'webhookSecret'],
  ['subnetIds', 'securityGroupIds'],
] as const satisfies readonly (readonly [keyof typeof OF_STACK, keyof typeof OF_STACK])[];

function togetherIn(texts: Texts): string[] {
  const { budgetUsd, operatorEmail } = texts;
  const untold =
    budgetUsd && !operatorEmail
      ? ['operatorEmail is missing; budgetUsd has nobody to tell without it']
      : [];
  const halves = PAIRS.filter(([one, other]) => Boolean(texts[one]) !== Boolean(texts[other]));
  const problems = halves.map(([one, other]) => {
    const missing = texts[one] ? other : one;
    return `${missing} is missing; ${one} and ${other} go together`;
  });
  return [...untold, ...problems];
}

function problemsOf(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

type Texts = Readonly<Record<string, string | undefined>>;

function checkStack(stage: string, texts: Texts): void {
  const form = new RegExp(`^[a-zA-Z0-9-]{1,${LONGEST_STAGE}}$`);
  const words = `up to ${LONGEST_STAGE} letters, digits and dashes`;
  const entries = { stage: matching(form, words), ...OF_STACK };
  readSettings(entries, { ...texts, stage }, {});
}

/** Where the laptop names a setting, a deployment names its parameter. */
function checkSettings(stage: string, texts: Texts): void {
  const given = Object.entries(OF_SETTINGS).map(([name, setting]) => [setting, texts[name]]);
  // Of the stage's name the stack asks for more.
  const known = /^[a-zA-Z0-9-]{1,32}$/.test(stage) ? stage : 'dev';
  try {
    readConfig({ STAGE: known, ...(Object.fromEntries(given) as Texts) }, {});
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const words = error.message.replaceAll(/[A-Z][A-Z_]+[A-Z]/g, (word) => parameterOf(word));
    throw new ConfigError(words, { cause: error });
  }
}

function settingOf(name: string): keyof typeof SETTINGS | null {
  return Object.hasOwn(OF_SETTINGS, name) ? OF_SETTINGS[name as keyof typeof OF_SETTINGS] : null;
}

function parameterOf(word: string): string {
  const [name] = Object.entries(OF_SETTINGS).find(([, setting]) => setting === word) ?? [word];
  return name;
}

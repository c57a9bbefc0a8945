/** The settings of the service: names, defaults and checks. */
import * as v from 'valibot';
import type { Level } from '../level/level.ts';
import { FACE_SETTINGS, faceConfigOf, type FaceConfig } from './face-config.ts';
import { described, integer, matching, oneOf, readSettings, type Settings } from './settings.ts';

export { ConfigError } from './settings.ts';

/** What the environment says, checked. */
export interface Config extends FaceConfig {
  readonly tableName: string;
  /** Where AWS is; absent where the AWS configuration decides. */
  readonly region?: string;
  /** An emulator in place of AWS. */
  readonly endpoint?: string;
  /** Where level changes are told; absent: nowhere. */
  readonly eventBus?: string;
  /** Where the laptop sends changes of level; absent: nowhere. */
  readonly webhookUrl?: string;
  /** What it signs them with. */
  readonly webhookSecret?: string;
  /** What /health shows; absent: that of package.json. */
  readonly serviceVersion?: string;
  /** The workflow of a deployment, for whoever starts it there. */
  readonly workflowArn?: string;
  readonly failOpenLevel: Level;
  /** Whether the faces of the default scope know each other's Idempotency-Keys. */
  readonly sharedIdempotency: boolean;
  /** What callers show where a service asks who they are. */
  readonly apiKey?: string;
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** What a counted outcome outlives. */
  readonly durability: 'kill' | 'fsync';
  readonly tickSeconds: number;
}

/** Whether it is a URL of HTTP. */
export function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

/** A signature shows who sent a message, and hides none of it: only what stays on this machine may go bare. */
function isWebhookUrl(text: string): boolean {
  const { protocol, hostname, username, password } = URL.parse(text) ?? {};
  const isHere = protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname ?? '');
  return (protocol === 'https:' || isHere) && username === '' && password === '';
}

/** Where changes of level are sent to. */
export const webhookUrl = v.pipe(
  v.string(),
  v.check(
    isWebhookUrl,
    'must be a URL such as https://example.com/hooks (http for 127.0.0.1 alone), without a user or a password',
  ),
);

/** Every setting with what it means; a setting without a default here has one that depends on STAGE. */
export const SETTINGS = {
  PORT: described(v.optional(integer(0, 65_535), '3000'), 'port of the server; 0 takes a free one'),
  HOST: described(v.optional(v.string(), '127.0.0.1'), 'address the server listens on'),
  DATA_DIR: described(
    v.optional(v.string(), '.data'),
    'folder that keeps the level rows and the accounts',
  ),
  DURABILITY: described(
    v.optional(oneOf(['kill', 'fsync']), 'kill'),
    'what a counted outcome outlives: kill, the end of the process; fsync, that of the machine',
  ),
  TABLE_NAME: described(
    v.optional(matching(/^[\w.-]{3,255}$/, '3 to 255 letters, digits, _ . -')),
    'table of the level row (default: ServiceResiliencyTable-{stage})',
  ),
  AWS_REGION: described(
    v.optional(matching(/^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/, 'a region such as us-east-1')),
    'region of a deployed stage (default: that of the AWS configuration, else us-east-1)',
  ),
  AWS_ENDPOINT_URL: described(
    v.optional(
      v.pipe(v.string(), v.check(isHttpUrl, 'must be a URL such as http://127.0.0.1:4566')),
    ),
    'an emulator in place of AWS',
  ),
  EVENT_BUS: described(
    v.optional(v.string()),
    'EventBridge bus that is told of level changes (a deployment sets it)',
  ),
  WEBHOOK_URL: described(
    v.optional(webhookUrl),
    'where changes of level are sent to, signed (docs/EVENTS.md); needs WEBHOOK_SECRET',
  ),
  WEBHOOK_SECRET: described(
    v.optional(v.string()),
    'what they are signed with: whsec_ and 24 to 64 bytes in base64',
  ),
  SERVICE_VERSION: described(
    v.optional(matching(/^[\w.+-]{1,64}$/, 'up to 64 letters, digits, . _ + -')),
    'version that /health shows (default: that of package.json)',
  ),
  WORKFLOW_ARN: described(
    v.optional(matching(/^arn:[\w:-]{1,250}$/, 'an ARN')),
    'the state machine that an operator looks past the level with (a deployment sets it)',
  ),
  TICK_SECONDS: described(
    v.optional(integer(0, 86_400), '60'),
    'how often the recovery tick runs; 0 is off',
  ),
  FAIL_OPEN_LEVEL: described(
    v.optional(integer(1, 3), '1'),
    'level that serves while the level row cannot be read: 1, 2 or 3',
  ),
  SHARED_IDEMPOTENCY: described(
    v.optional(oneOf(['true', 'false'])),
    "whether your own two APIs know each other's Idempotency-Keys, so that a request with a key may be tried on both (default: false; the demo's do)",
  ),
  API_KEY: described(
    v.optional(matching(/^[!-~]{8,128}$/, '8 to 128 printable characters')),
    'what callers show in X-Api-Key, or as a bearer token, where a service asks who they are',
  ),
  ...FACE_SETTINGS,
} as const;

/**
 * Reads the settings.
 *
 * @param given Settings that go before the environment's.
 * @throws ConfigError naming every setting that does not validate.
 */
export function readConfig(given?: Settings, env?: Settings): Config {
  const settings = readSettings(SETTINGS, given, env);
  const face = faceConfigOf(settings);
  const { AWS_REGION: region, AWS_ENDPOINT_URL: endpoint, EVENT_BUS: eventBus } = settings;
  const { SERVICE_VERSION: serviceVersion } = settings;
  const { WEBHOOK_URL: hookUrl, WEBHOOK_SECRET: hookSecret } = settings;
  return {
    ...face,
    tableName: settings.TABLE_NAME ?? `ServiceResiliencyTable-${face.stage}`,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(eventBus !== undefined && { eventBus }),
    ...(hookUrl !== undefined && { webhookUrl: hookUrl }),
    ...(hookSecret !== undefined && { webhookSecret: hookSecret }),
    ...(serviceVersion !== undefined && { serviceVersion }),
    ...(settings.WORKFLOW_ARN !== undefined && { workflowArn: settings.WORKFLOW_ARN }),
    failOpenLevel: settings.FAIL_OPEN_LEVEL as Level,
    // Two APIs need not share their keys; the faces of one service do.
    sharedIdempotency: (settings.SHARED_IDEMPOTENCY ?? String(!face.upstream)) === 'true',
    ...(settings.API_KEY !== undefined && { apiKey: settings.API_KEY }),
    port: settings.PORT,
    host: settings.HOST,
    dataDir: settings.DATA_DIR,
    durability: settings.DURABILITY,
    tickSeconds: settings.TICK_SECONDS,
  };
}

/** One line a setting: name, default, meaning. */
export function describeSettings(): string {
  const width = Math.max(...Object.keys(SETTINGS).map((name) => name.length));
  const lines = Object.entries(SETTINGS).map(([name, setting]) => {
    const fallback = v.getDefault(setting);
    return `  ${name.padEnd(width)} ${(fallback ?? '').padEnd(10)} ${v.getDescription(setting)}`;
  });
  return lines.join('\n');
}

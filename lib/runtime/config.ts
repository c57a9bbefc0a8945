/** The settings of the service: names, defaults and checks; the only reader of the environment. */
import * as v from 'valibot';
import type { Level } from '../level/level.ts';
import { PRESETS, type Policy, type PresetName } from '../level/policy.ts';
import { isPresetName } from './policy-schema.ts';

/** How loud the log is. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** What the environment says, checked. */
export interface Config {
  readonly stage: string;
  readonly tableName: string;
  readonly region: string;
  readonly policy: Policy;
  readonly faultSwitch: boolean;
  readonly failOpenLevel: Level;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly tickSeconds: number;
}

/** The environment has settings that do not validate; the message names each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
}

const integer = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, `must be an integer from ${min} to ${max}`),
    v.transform(Number),
    v.minValue(min, `must be an integer from ${min} to ${max}`),
    v.maxValue(max, `must be an integer from ${min} to ${max}`),
  );

const oneOf = <const Options extends readonly string[]>(options: Options) =>
  v.picklist(options, `must be one of ${options.join(', ')}`);

const matching = (pattern: RegExp, words: string) =>
  v.pipe(v.string(), v.regex(pattern, `must be ${words}`));

/** Every setting with what it means; a setting without a default here has one that depends on STAGE. */
const settings = {
  PORT: described(v.optional(integer(0, 65_535), '3000'), 'port of the server; 0 takes a free one'),
  HOST: described(v.optional(v.string(), '127.0.0.1'), 'address the server listens on'),
  DATA_DIR: described(v.optional(v.string(), '.data'), 'folder that keeps the level row'),
  STAGE: described(
    v.optional(matching(/^[a-zA-Z0-9-]{1,32}$/, 'up to 32 letters, digits and dashes'), 'dev'),
    'stage of the deployment',
  ),
  POLICY: described(v.optional(policyName(), 'classic'), 'when the level moves: classic or bank'),
  TABLE_NAME: described(
    v.optional(matching(/^[\w.-]{3,255}$/, '3 to 255 letters, digits, _ . -')),
    'table of the level row (default: ServiceResiliencyTable-{stage})',
  ),
  AWS_REGION: described(v.optional(v.string(), 'us-east-1'), 'region of the table'),
  TICK_SECONDS: described(
    v.optional(integer(0, 86_400), '60'),
    'how often the recovery tick runs; 0 is off',
  ),
  FAULT_SWITCH: described(
    v.optional(oneOf(['on', 'off'])),
    'whether the demo honours {"error": true} (default: on, on stage prod off)',
  ),
  FAIL_OPEN_LEVEL: described(
    v.optional(integer(1, 3), '1'),
    'level that serves while the level row cannot be read: 1, 2 or 3',
  ),
  LOG_LEVEL: described(v.optional(oneOf(LOG_LEVELS), 'info'), LOG_LEVELS.join(', ')),
} as const;

const schema = v.object(settings);

/** Settings as text, by name. */
type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings.
 *
 * @param given Settings that go before the environment's.
 * @param env Where the others stand; empty values count as absent.
 * @throws ConfigError naming every setting that does not validate.
 */
export function readConfig(given: Settings = {}, env: Settings = process.env): Config {
  const present = Object.entries({ ...env, ...given }).filter(([, text]) => text);
  const texts: Settings = Object.fromEntries(present);
  const parsed = v.safeParse(schema, texts);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => {
      const name = v.getDotPath(issue) ?? '';
      return `${name} ${issue.message}, got ${JSON.stringify(texts[name])}`;
    });
    throw new ConfigError(problems.join('\n'));
  }
  const { output } = parsed;
  const { STAGE: stage } = output;
  return {
    stage,
    tableName: output.TABLE_NAME ?? `ServiceResiliencyTable-${stage}`,
    region: output.AWS_REGION,
    policy: PRESETS[output.POLICY],
    faultSwitch: (output.FAULT_SWITCH ?? (stage === 'prod' ? 'off' : 'on')) === 'on',
    failOpenLevel: output.FAIL_OPEN_LEVEL as Level,
    logLevel: output.LOG_LEVEL,
    port: output.PORT,
    host: output.HOST,
    dataDir: output.DATA_DIR,
    tickSeconds: output.TICK_SECONDS,
  };
}

/** One line a setting: name, default, meaning. */
export function describeSettings(): string {
  const lines = Object.entries(settings).map(([name, setting]) => {
    const fallback = v.getDefault(setting);
    return `  ${name.padEnd(16)} ${(fallback ?? '').padEnd(10)} ${v.getDescription(setting)}`;
  });
  return lines.join('\n');
}

function described<Schema extends v.GenericSchema>(setting: Schema, words: string) {
  return v.pipe(setting, v.description(words));
}

function policyName() {
  const names = Object.keys(PRESETS).join(' or ');
  return v.pipe(
    v.string(),
    v.check((name) => name !== 'production', `is not supported yet; use ${names}`),
    v.custom<PresetName>(
      (name) => typeof name === 'string' && isPresetName(name),
      `must be ${names}`,
    ),
  );
}

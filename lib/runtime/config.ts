/** The settings of the service: names, defaults and checks. */
import * as v from 'valibot';
import type { Level } from '../level/level.ts';
import { PRESETS, type Policy, type PresetName } from '../level/policy.ts';
import { FACE_SETTINGS, faceConfigOf, type FaceConfig } from './face-config.ts';
import { described, matching, readSettings, type Settings } from './settings.ts';

export { ConfigError } from './settings.ts';

/** What the environment says, checked. */
export interface Config extends FaceConfig {
  readonly tableName: string;
  readonly region: string;
  /** An emulator in place of AWS. */
  readonly endpoint?: string;
  readonly policy: Policy;
  readonly failOpenLevel: Level;
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly tickSeconds: number;
}

const integer = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, `must be an integer from ${min} to ${max}`),
    v.transform(Number),
    v.minValue(min, `must be an integer from ${min} to ${max}`),
    v.maxValue(max, `must be an integer from ${min} to ${max}`),
  );

const presetNames = Object.keys(PRESETS) as PresetName[];
const presetWords = presetNames.join(' or ');
const presetName = v.picklist(presetNames, ({ input }) =>
  input === 'production' ? `is not supported yet; use ${presetWords}` : `must be ${presetWords}`,
);

/** Every setting with what it means; a setting without a default here has one that depends on STAGE. */
const SETTINGS = {
  PORT: described(v.optional(integer(0, 65_535), '3000'), 'port of the server; 0 takes a free one'),
  HOST: described(v.optional(v.string(), '127.0.0.1'), 'address the server listens on'),
  DATA_DIR: described(v.optional(v.string(), '.data'), 'folder that keeps the level row'),
  POLICY: described(v.optional(presetName, 'classic'), `when the level moves: ${presetWords}`),
  TABLE_NAME: described(
    v.optional(matching(/^[\w.-]{3,255}$/, '3 to 255 letters, digits, _ . -')),
    'table of the level row (default: ServiceResiliencyTable-{stage})',
  ),
  AWS_REGION: described(v.optional(v.string(), 'us-east-1'), 'region of the table'),
  AWS_ENDPOINT_URL: described(v.optional(v.string()), 'an emulator in place of AWS'),
  TICK_SECONDS: described(
    v.optional(integer(0, 86_400), '60'),
    'how often the recovery tick runs; 0 is off',
  ),
  FAIL_OPEN_LEVEL: described(
    v.optional(integer(1, 3), '1'),
    'level that serves while the level row cannot be read: 1, 2 or 3',
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
  const { AWS_ENDPOINT_URL: endpoint } = settings;
  return {
    ...face,
    tableName: settings.TABLE_NAME ?? `ServiceResiliencyTable-${face.stage}`,
    region: settings.AWS_REGION,
    ...(endpoint !== undefined && { endpoint }),
    policy: PRESETS[settings.POLICY],
    failOpenLevel: settings.FAIL_OPEN_LEVEL as Level,
    port: settings.PORT,
    host: settings.HOST,
    dataDir: settings.DATA_DIR,
    tickSeconds: settings.TICK_SECONDS,
  };
}

/** One line a setting: name, default, meaning. */
export function describeSettings(): string {
  const lines = Object.entries(SETTINGS).map(([name, setting]) => {
    const fallback = v.getDefault(setting);
    return `  ${name.padEnd(16)} ${(fallback ?? '').padEnd(10)} ${v.getDescription(setting)}`;
  });
  return lines.join('\n');
}

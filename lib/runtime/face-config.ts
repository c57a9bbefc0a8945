/** The settings of a face function: few, so that its bundle stays small. */
import * as v from 'valibot';
import { PRESETS, UPSTREAM_PRESET, type Policy, type PresetName } from '../level/policy.ts';
import {
  breakAfterOf,
  DEFAULT_TRY_MS,
  LONGEST_TRY_MS,
  type UpstreamSettings,
} from '../services/upstream-settings.ts';
import { BANK_SETTINGS, bankConfigOf, type BankConfig } from './bank-config.ts';
import {
  ConfigError,
  described,
  integer,
  matching,
  oneOf,
  readSettings,
  type Settings,
} from './settings.ts';
import { EXPECTED_URL, problemOfUrl } from './upstream-url.ts';

/** How loud the log is. */
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** What a face is told by its environment. */
export interface FaceConfig extends BankConfig {
  /** The preset of the scopes that name none. */
  readonly policy: PresetName;
  readonly stage: string;
  readonly faultSwitch: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** The scopes that are served; absent: all, or the API of one's own alone. */
  readonly services?: readonly string[];
  /** The APIs that serve; absent: the demo does. */
  readonly upstream?: UpstreamSettings;
  /** Absent: each process remembers its own. */
  readonly lastGoodTable?: string;
  /** The table of breakers that all environments share; absent: there is none. */
  readonly breakersTable?: string;
}

/** The settings that every function has. */
export const FACE_SETTINGS = {
  POLICY: described(
    v.optional(oneOf(PRESET_NAMES)),
    `when the level moves: ${PRESET_NAMES.join(', ')} (default: production before an API of your own, else classic)`,
  ),
  STAGE: described(
    v.optional(matching(/^[a-zA-Z0-9-]{1,32}$/, 'up to 32 letters, digits and dashes'), 'dev'),
    'stage of the deployment',
  ),
  FAULT_SWITCH: described(
    v.optional(oneOf(['on', 'off'])),
    'whether the demo honours {"error": true}, the bank ?error= (default: on, on stage prod off)',
  ),
  LOG_LEVEL: described(v.optional(oneOf(LOG_LEVELS), 'info'), LOG_LEVELS.join(', ')),
  SERVICES: described(
    v.optional(
      matching(/^[a-z0-9-]{1,32}(,[a-z0-9-]{1,32}){0,29}$/, 'scopes such as default,account'),
    ),
    'scopes of services.json that are served (default: all; before an API of your own, that alone)',
  ),
  FULL_UPSTREAM_URL: described(
    v.optional(v.string()),
    'API of your own that serves at level 1, http(s) or cloudmap://namespace/service (default: the demo)',
  ),
  DEGRADED_UPSTREAM_URL: described(
    v.optional(v.string()),
    'the one that serves at level 2 (default: the last good answers of the full one)',
  ),
  PROBE_URL: described(
    v.optional(v.string()),
    'answers GET with 2xx while the degraded API is well',
  ),
  FULL_PROBE_URL: described(
    v.optional(v.string()),
    'the same of the full API, tried while little traffic comes (default: none)',
  ),
  UPSTREAM_TIMEOUT_MS: described(
    v.optional(integer(1, LONGEST_TRY_MS), String(DEFAULT_TRY_MS)),
    'how long one try at such an API may take',
  ),
  LAST_GOOD_TABLE: described(
    v.optional(matching(/^[\w.-]{3,255}$/, '3 to 255 letters, digits, _ . -')),
    'table of the last good answers (default: the memory of each process)',
  ),
  BREAKERS_TABLE: described(
    v.optional(matching(/^[\w.-]{3,255}$/, '3 to 255 letters, digits, _ . -')),
    'table of breakers that all environments share (a deployment sets it where a service asks for one)',
  ),
  ...BANK_SETTINGS,
} as const;

/**
 * Reads the settings of a face.
 *
 * @throws ConfigError naming every setting that does not validate.
 */
export function readFaceConfig(given?: Settings, env?: Settings): FaceConfig {
  return faceConfigOf(readSettings(FACE_SETTINGS, given, env));
}

/**
 * From the settings to what they mean.
 *
 * @throws ConfigError for URLs that do not validate, or go together and are not.
 */
export function faceConfigOf(
  settings: v.InferOutput<v.ObjectSchema<typeof FACE_SETTINGS, undefined>>,
): FaceConfig {
  const { STAGE: stage, FAULT_SWITCH: given, LOG_LEVEL: logLevel } = settings;
  const { LAST_GOOD_TABLE: lastGoodTable, BREAKERS_TABLE: breakersTable } = settings;
  const faultSwitch = (given ?? (stage === 'prod' ? 'off' : 'on')) === 'on';
  // The demo shows the source's rules; real traffic takes a policy that was made for it.
  const policy = settings.POLICY ?? (hasUpstream(settings) ? UPSTREAM_PRESET : 'classic');
  const upstream = upstreamOf(settings, PRESETS[policy]);
  return {
    stage,
    policy,
    faultSwitch,
    logLevel,
    ...(settings.SERVICES !== undefined && { services: settings.SERVICES.split(',') }),
    ...(upstream !== null && { upstream }),
    ...(lastGoodTable !== undefined && { lastGoodTable }),
    ...(breakersTable !== undefined && { breakersTable }),
    ...bankConfigOf(settings, stage),
  };
}

const URL_NAMES = ['FULL_UPSTREAM_URL', 'DEGRADED_UPSTREAM_URL', 'PROBE_URL'] as const;

type FaceSettings = Parameters<typeof faceConfigOf>[0];

function hasUpstream(settings: FaceSettings): boolean {
  return URL_NAMES.some((name) => settings[name] !== undefined);
}

function upstreamOf(settings: FaceSettings, policy: Policy): UpstreamSettings | null {
  if (!hasUpstream(settings) && settings.FULL_PROBE_URL === undefined) return null;
  const problems: string[] = [];
  const urlOf = (name: (typeof URL_NAMES)[number] | 'FULL_PROBE_URL', missing: string | null) => {
    const text = settings[name];
    const problem = text === undefined ? missing : problemOfUrl(text);
    if (problem !== null) {
      problems.push(
        text === undefined ? `${name} ${problem}` : `${name} ${EXPECTED_URL}, ${problem}`,
      );
    }
    return text === undefined || problem !== null ? undefined : new URL(text);
  };
  const [full, degraded, probe] = URL_NAMES;
  const pair = `is missing; ${degraded} and ${probe} go together`;
  const hasPair = settings[degraded] !== undefined || settings[probe] !== undefined;
  const fullUrl = urlOf(full, 'is missing; without it there is nothing to degrade');
  const degradedUrl = urlOf(degraded, hasPair ? pair : null);
  const probeUrl = urlOf(probe, hasPair ? pair : null);
  const fullProbeUrl = urlOf('FULL_PROBE_URL', null);
  if (fullUrl === undefined || problems.length > 0) throw new ConfigError(problems.join('\n'));
  return {
    fullUrl,
    degraded: degradedUrl ?? 'last-good',
    ...(probeUrl !== undefined && { probeUrl }),
    ...(fullProbeUrl !== undefined && { fullProbeUrl }),
    timeoutMs: settings.UPSTREAM_TIMEOUT_MS,
    breakAfter: breakAfterOf(policy),
    append: true,
    location: 'pass',
    passCors: true,
    credentials: [],
  };
}

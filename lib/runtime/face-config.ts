/** The settings of a face function: few, so that its bundle stays small. */
import * as v from 'valibot';
import { described, matching, oneOf, readSettings, type Settings } from './settings.ts';

/** How loud the log is. */
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** What a face is told by its environment. */
export interface FaceConfig {
  readonly stage: string;
  readonly faultSwitch: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** The settings that every function has. */
export const FACE_SETTINGS = {
  STAGE: described(
    v.optional(matching(/^[a-zA-Z0-9-]{1,32}$/, 'up to 32 letters, digits and dashes'), 'dev'),
    'stage of the deployment',
  ),
  FAULT_SWITCH: described(
    v.optional(oneOf(['on', 'off'])),
    'whether the demo honours {"error": true} (default: on, on stage prod off)',
  ),
  LOG_LEVEL: described(v.optional(oneOf(LOG_LEVELS), 'info'), LOG_LEVELS.join(', ')),
} as const;

/**
 * Reads the settings of a face.
 *
 * @throws ConfigError naming every setting that does not validate.
 */
export function readFaceConfig(given?: Settings, env?: Settings): FaceConfig {
  return faceConfigOf(readSettings(FACE_SETTINGS, given, env));
}

/** From the settings to what they mean. */
export function faceConfigOf(settings: {
  readonly STAGE: string;
  readonly FAULT_SWITCH?: 'on' | 'off' | undefined;
  readonly LOG_LEVEL: FaceConfig['logLevel'];
}): FaceConfig {
  const { STAGE: stage, FAULT_SWITCH: given, LOG_LEVEL: logLevel } = settings;
  const faultSwitch = (given ?? (stage === 'prod' ? 'off' : 'on')) === 'on';
  return { stage, faultSwitch, logLevel };
}

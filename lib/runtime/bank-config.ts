/** The settings of the bank: its table, how long its faces take and how often they fail. */
import * as v from 'valibot';
import type { BankSettings } from '../services/bank-simulation.ts';
import { described, matching } from './settings.ts';

/** What the environment says of the bank. */
export interface BankConfig {
  readonly accountsTable: string;
  readonly bank: BankSettings;
}

/** The longest a call is made to take, in milliseconds: the probe has a second. */
const MAX_LATENCY_MS = 1_000;

const rangeWords = `must be a range of milliseconds such as 50-150, up to ${MAX_LATENCY_MS}; 0 is off`;
const rangeMs = v.pipe(
  v.string(),
  v.regex(/^\d{1,4}(-\d{1,4})?$/, rangeWords),
  v.transform((text) => {
    const [min = 0, max = min] = text.split('-').map(Number);
    return { min, max };
  }),
  v.check(({ min, max }) => min <= max && max <= MAX_LATENCY_MS, rangeWords),
);

const rate = v.pipe(
  v.string(),
  v.regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a share from 0 to 1, such as 0.05'),
  v.transform(Number),
);

/** Every setting with what it means. */
export const BANK_SETTINGS = {
  ACCOUNTS_TABLE: described(
    v.optional(matching(/^[\w.-]{3,255}$/, '3 to 255 letters, digits, _ . -')),
    'table of the bank (default: AccountsTable-{stage})',
  ),
  BANK_FULL_LATENCY_MS: described(
    v.optional(rangeMs, '50-150'),
    'how long the bank takes at level 1; 0 is off',
  ),
  BANK_DEGRADED_LATENCY_MS: described(v.optional(rangeMs, '20-70'), 'at level 2, and its probe'),
  BANK_MAINTENANCE_LATENCY_MS: described(v.optional(rangeMs, '10-30'), 'at level 3'),
  BANK_FULL_FAILURE_RATE: described(
    v.optional(rate, '0'),
    'share of its calls that fail at level 1, such as 0.05',
  ),
  BANK_DEGRADED_FAILURE_RATE: described(v.optional(rate, '0'), 'at level 2, such as 0.02'),
  BANK_PROBE_FAILURE_RATE: described(v.optional(rate, '0'), 'of its probes, such as 0.1'),
} as const;

/** From the settings to what they mean. */
export function bankConfigOf(
  settings: v.InferOutput<v.ObjectSchema<typeof BANK_SETTINGS, undefined>>,
  stage: string,
): BankConfig {
  return {
    accountsTable: settings.ACCOUNTS_TABLE ?? `AccountsTable-${stage}`,
    bank: {
      latencies: {
        full: settings.BANK_FULL_LATENCY_MS,
        degraded: settings.BANK_DEGRADED_LATENCY_MS,
        maintenance: settings.BANK_MAINTENANCE_LATENCY_MS,
      },
      failureRates: {
        full: settings.BANK_FULL_FAILURE_RATE,
        degraded: settings.BANK_DEGRADED_FAILURE_RATE,
        probe: settings.BANK_PROBE_FAILURE_RATE,
      },
    },
  };
}

/** The table of the policies' fields: ranges and numbers from the code, and why each default is what it is. */
import { PRESETS, type Policy } from '../../lib/level/policy.ts';
import { POLICY_REASONS } from '../../lib/runtime/policy-reasons.ts';
import {
  MAX_COUNT,
  MAX_LIST,
  POLICY_FIELDS,
  POLICY_NAMES,
  type PolicyField,
} from '../../lib/runtime/policy-schema.ts';

export const POLICIES_FILE = new URL('../../docs/POLICIES.md', import.meta.url);

/** One row a field, with what each preset has. */
export function policiesBlock(): string {
  const rows = POLICY_NAMES.map((name) => {
    const values = Object.values(PRESETS).map((policy) => textOf(policy[name]));
    return `| ${[`\`${name}\``, rangeOf(POLICY_FIELDS[name]), ...values, POLICY_REASONS[name]].join(' | ')} |`;
  });
  return [
    `| field | range | ${Object.keys(PRESETS).join(' | ')} | what it is, and why this number |`,
    `|---|---|${'---|'.repeat(Object.keys(PRESETS).length)}---|`,
    ...rows,
  ].join('\n');
}

function textOf(value: Policy[keyof Policy]): string {
  if (typeof value === 'number') return value === 0 ? 'off' : value.toLocaleString('en-US');
  if (typeof value === 'string') return value;
  return value.length === 0 ? 'none' : value.join(', ');
}

function rangeOf(field: PolicyField): string {
  if (field.kind === 'words') return field.words.join(', ');
  const { kind, unit, min, max, orOff = false, whole } = field;
  const most = max === MAX_COUNT ? 'a million' : max.toLocaleString('en-US');
  const range = `${min.toLocaleString('en-US')} to ${most}`;
  const number = `${orOff ? '0, or ' : ''}${range}${whole || unit === 'percent' ? '' : ', fractions too'}`;
  const inUnit = unit === 'count' ? number : `${number} ${unit}`;
  return kind === 'list' ? `up to ${MAX_LIST} of ${inUnit}` : inUnit;
}

/** What a policy must look like, wherever it comes from. */
import { closest } from 'fastest-levenshtein';
import * as v from 'valibot';
import {
  COUNT_FIELDS,
  PRESETS,
  UNSUPPORTED_FIELDS,
  type Policy,
  type PresetName,
} from '../level/policy.ts';

/** The most that a count of a policy may be. */
export const MAX_COUNT = 1_000_000;

/** A policy that validates, or what is wrong with it in a sentence that names the field. */
export type CheckedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problem: string };

const countField = v.optional(
  v.pipe(
    v.number((issue) => expectedCount(issue)),
    v.integer((issue) => expectedCount(issue)),
    v.minValue(1, (issue) => expectedCount(issue)),
    v.maxValue(MAX_COUNT, (issue) => expectedCount(issue)),
  ),
);

const unsupportedField = v.optional(
  v.never((issue) => `${fieldOf(issue)} is not supported yet; leave it out`),
);

const overridesSchema = v.strictObject(
  {
    ...fields(COUNT_FIELDS, countField),
    ...fields(UNSUPPORTED_FIELDS, unsupportedField),
  },
  (issue) =>
    issue.expected === 'never'
      ? `${fieldOf(issue)} is not a field of a policy; did you mean ${closest(fieldOf(issue), KNOWN_FIELDS)}?`
      : `a policy must be an object, got ${issue.received}`,
);

const KNOWN_FIELDS: string[] = [...COUNT_FIELDS, ...UNSUPPORTED_FIELDS];

/**
 * Lays overrides over a policy and checks the result.
 *
 * @param deployed The policy that the overrides are laid over.
 * @param overrides Some fields of a policy; undefined for none.
 */
export function overridePolicy(deployed: Policy, overrides: unknown): CheckedPolicy {
  const parsed = v.safeParse(overridesSchema, overrides ?? {}, { abortEarly: true });
  if (!parsed.success) return { ok: false, problem: parsed.issues[0].message };
  const policy: Policy = { ...deployed, ...definedOnly(parsed.output) };
  if (policy.errorsToDegrade >= policy.errorsToMaintenance) {
    const { errorsToDegrade, errorsToMaintenance } = policy;
    const got = `got ${errorsToDegrade} and ${errorsToMaintenance}`;
    return { ok: false, problem: `errorsToDegrade must be below errorsToMaintenance, ${got}` };
  }
  return { ok: true, policy };
}

/** Whether a name is that of a preset. */
export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

function fields<Name extends string, Schema>(
  names: readonly Name[],
  schema: Schema,
): Record<Name, Schema> {
  // Object.fromEntries widens the keys; they are exactly the names given.
  return Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>;
}

function definedOnly(given: Record<string, unknown>): Partial<Policy> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function fieldOf(issue: v.BaseIssue<unknown>): string {
  return v.getDotPath(issue) ?? 'policy';
}

function expectedCount(issue: v.BaseIssue<unknown>): string {
  return `${fieldOf(issue)} must be an integer from 1 to ${MAX_COUNT}, got ${issue.received}`;
}

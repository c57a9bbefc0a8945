/** What a policy must look like, wherever it comes from. */
import * as v from 'valibot';
import { COUNT_FIELDS, UNSUPPORTED_FIELDS, type Policy } from '../level/policy.ts';
import { gotOf, problemOf, strictFields } from './validation.ts';

/** The most that a count of a policy may be. */
export const MAX_COUNT = 1_000_000;

/** A policy that validates, or what is wrong with it in a sentence that names the field. */
export type CheckedPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly overrides: Partial<Policy> }
  | { readonly ok: false; readonly problem: string };

const expectedCount = (issue: v.BaseIssue<unknown>) =>
  `must be an integer from 1 to ${MAX_COUNT}, ${gotOf(issue)}`;

const countField = v.optional(
  v.pipe(
    v.number(expectedCount),
    v.integer(expectedCount),
    v.minValue(1, expectedCount),
    v.maxValue(MAX_COUNT, expectedCount),
  ),
);

const unsupportedField = v.optional(v.never('is not supported yet; leave it out'));

const overridesSchema = strictFields('a policy', {
  ...fields(COUNT_FIELDS, countField),
  ...fields(UNSUPPORTED_FIELDS, unsupportedField),
});

/**
 * Lays overrides over a policy and checks the result.
 *
 * @param deployed The policy that the overrides are laid over.
 * @param overrides Some fields of a policy, or none.
 */
export function overridePolicy(deployed: Policy, overrides: unknown): CheckedPolicy {
  const parsed = v.safeParse(overridesSchema, overrides, { abortEarly: true });
  if (!parsed.success) return { ok: false, problem: problemOf(parsed.issues) };
  const overridden = definedOnly(parsed.output);
  const policy: Policy = { ...deployed, ...overridden };
  if (policy.errorsToDegrade >= policy.errorsToMaintenance) {
    const { errorsToDegrade, errorsToMaintenance } = policy;
    const got = `got ${errorsToDegrade} and ${errorsToMaintenance}`;
    return { ok: false, problem: `errorsToDegrade must be below errorsToMaintenance, ${got}` };
  }
  return { ok: true, policy, overrides: overridden };
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

/** The fields of a policy as the CLI takes them: from NAME=VALUE to JSON. */
import { InvalidArgumentError } from 'commander';
import type { Policy } from '../../level/policy.ts';
import { POLICY_FIELDS } from '../../runtime/policy-schema.ts';

/**
 * Adds a word to the fields before it, as commander collects the values of an argument.
 *
 * @throws InvalidArgumentError
 */
export function policyFields(
  word: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const [, name, text] = /^(\w+)=(.*)$/.exec(word) ?? [];
  if (name === undefined || text === undefined) {
    throw new InvalidArgumentError('It must be NAME=VALUE, such as errorsToDegrade=3.');
  }
  if (name in before) throw new InvalidArgumentError('Each field is given once.');
  return { ...before, [name]: policyValue(name, text) };
}

/** As JSON has it; what is no value of its field the control plane refuses in its words. */
function policyValue(name: string, text: string): unknown {
  if (text === 'null') return null;
  const field = Object.hasOwn(POLICY_FIELDS, name) ? POLICY_FIELDS[name as keyof Policy] : null;
  if (field?.kind === 'words') return text;
  if (field?.kind === 'list') return text === 'none' ? [] : text.split(',').map(numberOr);
  return numberOr(text);
}

function numberOr(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

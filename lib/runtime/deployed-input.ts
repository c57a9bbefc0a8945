/** What the deployed policy wants of the workflow, as an execution's input has it: in DynamoDB's JSON, to be merged with the row. */
import { directivesOf, type DeployedDirectives } from '../level/directives.ts';
import type { Policy } from '../level/policy.ts';

/** Each word of a policy as an attribute. */
export type DeployedInput = Readonly<
  Record<keyof DeployedDirectives, { readonly S: string } | { readonly N: string }>
>;

/** The words of a policy. */
export function deployedInput(policy: Policy): DeployedInput {
  const words = Object.entries(directivesOf(policy)).map(([name, value]) => [
    name,
    typeof value === 'number' ? { N: String(value) } : { S: value },
  ]);
  // Object.fromEntries widens the keys; they are exactly those of the directives.
  return Object.fromEntries(words) as DeployedInput;
}

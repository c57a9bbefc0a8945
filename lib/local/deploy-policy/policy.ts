/** From a packaged template to the least that its deployer must be allowed: a policy of IAM. */
import type { Grant, Place, Templated } from './grant.ts';
import { GRANTS, OF_THE_FRAMEWORK } from './grants.ts';

/** A statement of a policy. */
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, object>>;
}

/** The most that the inline policies of a role may have, in characters without white space. Source: IAM, "quotas". */
const MOST_CHARACTERS = 10_240;

/** A template that no policy can be made of. */
export class DeployPolicyError extends Error {
  override readonly name = 'DeployPolicyError';
  readonly code = 'DEPLOY_POLICY';
}

/**
 * The policy of who deploys, updates, rolls back and removes a stage.
 *
 * @param resources Those of the packaged template, by logical id.
 * @throws DeployPolicyError where it holds a type that nothing is known of, or the policy is too long for IAM.
 */
export function deployPolicy(resources: Readonly<Record<string, Templated>>, place: Place) {
  const unknown = Object.values(resources).find(({ Type }) => GRANTS[Type] === undefined);
  if (unknown !== undefined) {
    throw new DeployPolicyError(
      `lib/local/deploy-policy/grants.ts must say what a deploy of ${unknown.Type} asks for`,
    );
  }
  const granted = Object.values(resources).flatMap((it) =>
    (GRANTS[it.Type] ?? [])
      .filter(({ when }) => when === undefined || when(it))
      .map((grant) => statementOf(grant, place, it)),
  );
  const ours = OF_THE_FRAMEWORK.map((grant) => statementOf(grant, place, { Type: '' }));
  const policy = { Version: '2012-10-17', Statement: merged([...ours, ...granted]) };
  const { length } = JSON.stringify(policy);
  if (length <= MOST_CHARACTERS) return policy;
  throw new DeployPolicyError(
    `IAM takes ${MOST_CHARACTERS} characters in a role, the policy has ${length}`,
  );
}

function statementOf({ actions, on, only }: Grant, place: Place, it: Templated): Statement {
  return {
    Effect: 'Allow',
    Action: actions,
    Resource: [on(place, it)].flat(),
    ...(only !== undefined && { Condition: only(place, it) }),
  };
}

/** One statement for the same resources, then one for the same actions; a thing is named once in each. */
function merged(statements: readonly Statement[]): Statement[] {
  const byResource = grouped(statements, ({ Resource, Condition }) => [Resource, Condition]);
  return grouped(byResource, ({ Action, Condition }) => [Action, Condition]);
}

function grouped(statements: readonly Statement[], keyOf: (it: Statement) => unknown): Statement[] {
  const groups = Map.groupBy(statements, (it) => JSON.stringify(keyOf(it)));
  return [...groups.values()].map(([first, ...others]) => {
    const all = [first as Statement, ...others];
    const union = (pick: (it: Statement) => readonly string[]) =>
      [...new Set(all.flatMap(pick))].toSorted();
    return {
      ...(first as Statement),
      Action: union(({ Action }) => Action),
      Resource: union(({ Resource }) => Resource),
    };
  });
}

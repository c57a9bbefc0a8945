/** The schedules of the packaged template: one tick a minute for each scope that there is. */
import { beforeAll, describe, expect, test } from 'vitest';
import { NO_REQUEST } from '../../lib/runtime/workflow.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { deployedIn } from '../../lib/runtime/scopes.ts';
import { testedScopes } from '../runtime/given-scopes.ts';
import { stateKeyOf } from '../../lib/store/level-store.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';

/** A target of a rule; only the workflow's has a role. */
interface Target {
  readonly Id: string;
  readonly Arn: unknown;
  readonly RoleArn?: unknown;
  readonly Input: string;
}

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  test('a tick of each scope starts the workflow each minute and is not repeated', () => {
    const rules = service
      .ofType('AWS::Events::Rule')
      .map(([, { Properties: rule }]) => rule as { readonly Targets: readonly Target[] })
      .filter(({ Targets: [target] }) => target?.RoleArn !== undefined);
    const inputs = rules.flatMap(({ Targets: targets, ...rule }) => {
      expect(rule).toEqual({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
      return targets.map(({ Input: input, ...target }) => {
        expect(target).toEqual({
          Id: expect.any(String) as string,
          Arn: { Ref: 'ServiceResiliencyWorkflow' },
          RoleArn: { 'Fn::GetAtt': ['TickRole', 'Arn'] },
          RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        });
        return JSON.parse(input) as unknown;
      });
    });
    expect(inputs).toEqual(
      Object.entries(testedScopes()).map(([scope, { signals }]) => ({
        kind: 'tick',
        scope,
        stateKey: stateKeyOf(scope),
        receivedAt: 0,
        failOpenLevel: 1,
        readReplicas: 0,
        signals,
        safe: true,
        bypass: false,
        deployed: deployedInput(deployedIn(testedScopes(), scope, 'classic').policy),
        trace: {},
        request: NO_REQUEST,
      })),
    );
  });
});

/** The engine of a deployed stage, with a mocked Step Functions client. */
import {
  ListStateMachinesCommand,
  SFNClient,
  StartSyncExecutionCommand,
  type StateMachineListItem,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { classic } from '../../lib/level/policy.ts';
import { createAwsEngine, findStateMachine } from '../../lib/local/aws-engine.ts';
import { EngineRefusal } from '../../lib/local/errors.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { readOutput } from '../../lib/local/engine.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { requestText } from '../services/requests.ts';
import { givenServer } from '../store/local-servers.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:ServiceResiliencyWorkflow-dev';
const OUTPUT = { statusCode: 200, headers: {}, body: '{"status":200}', level: 1, failOpen: false };
const INPUT: WorkflowInput = {
  kind: 'request',
  scope: 'default',
  stateKey: 'SYSTEM_STATE',
  receivedAt: 1,
  failOpenLevel: 1,
  readReplicas: 0,
  signals: 'direct',
  safe: false,
  bypass: false,
  deployed: deployedInput(classic),
  trace: {},
  request: requestText({ text: '"\u2028💥' }),
};
const machine = (name: string): StateMachineListItem => ({
  name,
  stateMachineArn: `arn:${name}`,
  type: 'EXPRESS',
  creationDate: new Date(0),
});

const givenStepFunctions = () => {
  const sfn = mockClient(SFNClient);
  onTestFinished(() => sfn.restore());
  return sfn;
};

const givenEngine = () => {
  const sfn = givenStepFunctions();
  const { telemetry, told } = rememberingTelemetry();
  const engine = createAwsEngine(new SFNClient({ region: 'us-east-1' }), ARN, telemetry);
  return { sfn, told, run: () => engine.execute(INPUT, 'x-1') };
};

describe('an execution', () => {
  test('is started once, by its name, and answers its output', async () => {
    const { sfn, run } = givenEngine();
    sfn
      .on(StartSyncExecutionCommand)
      .resolves({ status: 'SUCCEEDED', output: JSON.stringify(OUTPUT) });
    expect(readOutput(await run())).toEqual(OUTPUT);
    const [call] = sfn.commandCalls(StartSyncExecutionCommand);
    expect(call?.args[0].input).toMatchObject({ stateMachineArn: ARN, name: 'x-1' });
    expect(JSON.parse(call?.args[0].input.input ?? '')).toEqual(INPUT);
  });

  test.each([
    ['FAILED', 'FAILED'],
    ['TIMED_OUT', 'TIMED_OUT'],
  ] as const)('that ended %s is no answer', async (status, expected) => {
    const { sfn, told, run } = givenEngine();
    sfn.on(StartSyncExecutionCommand).resolves({ status, error: 'States.Runtime', cause: 'why' });
    const execution = await run();
    expect(execution).toEqual({ status: expected, error: 'States.Runtime: why' });
    expect(readOutput(execution)).toBeNull();
    expect(told).toEqual([['error', 'execution failed', { executionId: 'x-1', ...execution }]]);
  });

  test('that could not be started is not started again', async () => {
    const { sfn, run } = givenEngine();
    sfn.on(StartSyncExecutionCommand).rejects(new Error('socket hang up'));
    expect(await run()).toEqual({ status: 'FAILED', error: 'socket hang up' });
    expect(sfn.calls()).toHaveLength(1);
  });

  test.each([
    [{ name: 'ThrottlingException' }, 429, 1],
    [{ name: 'ExecutionLimitExceeded' }, 429, 1],
    [{ name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } }, 429, 1],
    [{ name: 'ValidationException' }, 413, undefined],
    [{ name: 'InvalidExecutionInput' }, 413, undefined],
  ])('that was refused with %o is refused with %i', async (refusal, statusCode, seconds) => {
    const { sfn, told, run } = givenEngine();
    const cause = Object.assign(new Error('as told'), refusal);
    sfn.on(StartSyncExecutionCommand).rejects(cause);
    const failure = await run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineRefusal);
    expect(failure).toMatchObject({ statusCode, cause });
    expect((failure as EngineRefusal).retryAfterSeconds).toBe(seconds);
    expect(sfn.calls()).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('that has not ended after 29 s is given up', async () => {
    const { telemetry } = rememberingTelemetry();
    const time = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal);
    const { endpoint } = await givenServer(() => time.abort());
    const client = new SFNClient({
      region: 'us-east-1',
      endpoint,
      disableHostPrefix: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const execution = await createAwsEngine(client, ARN, telemetry).execute(INPUT, 'x-1');
    expect(execution.status).toBe('TIMED_OUT');
    expect(timeout).toHaveBeenCalledExactlyOnceWith(29_000);
  });

  test.each([
    null,
    {},
    { ...OUTPUT, statusCode: 99 },
    { ...OUTPUT, body: {} },
    { ...OUTPUT, level: 4 },
  ])('whose output is %o is no answer', (output) => {
    expect(readOutput({ status: 'SUCCEEDED', output })).toBeNull();
  });
});

describe('finding the state machine of a stage', () => {
  test('looks through every page', async () => {
    const sfn = givenStepFunctions();
    sfn
      .on(ListStateMachinesCommand)
      .resolvesOnce({ stateMachines: [machine('other')], nextToken: 'more' })
      .resolves({ stateMachines: [machine('mine')] });
    const client = new SFNClient({ region: 'us-east-1' });
    expect(await findStateMachine(client, 'mine')).toBe('arn:mine');
  });

  test('says what to do where there is none', async () => {
    givenStepFunctions().on(ListStateMachinesCommand).resolves({ stateMachines: [] });
    const found = findStateMachine(new SFNClient({ region: 'us-east-1' }), 'mine');
    await expect(found).rejects.toThrow(
      'there is no state machine mine in us-east-1; deploy the stage first, or name its --region',
    );
  });
});

/** The laptop's engine: what it binds, what it hands over, how its executions end. */
import { describe, expect, test } from 'vitest';
import { createInterpreterEngine, type TaskTargets } from '../../lib/local/interpreter-engine.ts';
import type { Fields, Telemetry } from '../../lib/telemetry/telemetry.ts';
import { readDefinition } from '../statemachines/definition.ts';
import { INPUT } from '../statemachines/given.ts';

/** A task that invokes a function. */
const invoke = (logicalId: string) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  TimeoutSeconds: 2,
  Parameters: {
    FunctionName: { 'Fn::GetAtt': [logicalId, 'Arn'] },
    Payload: { 'scope.$': '$.scope', 'executionId.$': '$$.Execution.Name' },
  },
});

/** A machine that invokes one function and answers what the function answers. */
const invoking = (logicalId: string) => ({
  StartAt: 'Work',
  States: {
    Work: { ...invoke(logicalId), ResultSelector: { 'answer.$': '$.Payload' }, End: true },
  },
});

const WORK = invoking('WorkerLambdaFunction');

/** A machine whose only state, named as given, is this. */
const only = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });

const targets = (functions: TaskTargets['functions'] = {}): TaskTargets => ({
  functions,
  getItem: async () => ({}),
  updateItem: async () => ({}),
});

function createTelemetry() {
  const errors: { message: string; fields: Fields | undefined }[] = [];
  const ignore = () => {};
  const telemetry: Telemetry = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    measure: ignore,
    count: ignore,
    error: (message, fields) => errors.push({ message, fields }),
  };
  return { telemetry, errors };
}

const { telemetry: quiet } = createTelemetry();

describe('binding', () => {
  const faces = ['full-service', 'degraded-service', 'maintenance-service', 'mutator'];
  const functions = Object.fromEntries(faces.map((name) => [name, async () => null]));

  test('the deployed file is bound to the functions by their names in serverless.yml', () => {
    expect(() =>
      createInterpreterEngine(readDefinition(), targets(functions), quiet),
    ).not.toThrow();
  });

  test('a task without its function is refused: it would call AWS', () => {
    const { mutator: _mutator, ...rest } = functions;
    expect(() => createInterpreterEngine(readDefinition(), targets(rest), quiet)).toThrow(
      'task MutatorBeside needs arn:aws:states:::lambda:invoke MutatorLambdaFunction, which is not here',
    );
  });

  test.each([
    ['dashes', 'my-own-worker', 'MyDashownDashworkerLambdaFunction'],
    ['underscores', 'my_worker', 'MyUnderscoreworkerLambdaFunction'],
    ['capitals', 'myWorker', 'MyWorkerLambdaFunction'],
  ])('a function name with %s has the logical id of the framework', async (_what, name, id) => {
    const engine = createInterpreterEngine(
      invoking(id),
      targets({ [name]: async () => 'here' }),
      quiet,
    );
    const execution = await engine.execute(INPUT, 'run-1');
    expect(execution).toEqual({ status: 'SUCCEEDED', path: ['Work'], output: { answer: 'here' } });
  });

  test.each([
    ['arn:aws:states:::sqs:sendMessage', { QueueUrl: 'x' }],
    ['arn:aws:states:::lambda:invoke.waitForTaskToken', WORK.States.Work.Parameters],
    ['arn:aws:lambda:us-east-1:123456789012:function:worker', {}],
  ])('a task that calls %s is refused', (Resource, Parameters) => {
    const definition = only('Work', { Type: 'Task', Resource, Parameters, End: true });
    const worker = targets({ worker: async () => null });
    expect(() => createInterpreterEngine(definition, worker, quiet)).toThrow(`needs ${Resource}`);
  });

  test('the definition is not changed', () => {
    const definition = readDefinition();
    createInterpreterEngine(definition, targets(functions), quiet);
    expect(definition).toEqual(readDefinition());
  });
});

describe('what is handed over', () => {
  async function answerOf(result: unknown): Promise<unknown> {
    const engine = createInterpreterEngine(WORK, targets({ worker: async () => result }), quiet);
    return engine.execute(INPUT, 'run-1');
  }

  test.each([
    ['undefined', undefined, null],
    ['null', null, null],
    ['a field that is undefined', { a: 1, b: undefined }, { a: 1 }],
    ['undefined in a list', [undefined, 1], [null, 1]],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a number that JSON has not', { a: Number.NaN }, { a: null }],
  ])('%s is what JSON makes of it', async (_what, result, answer) => {
    expect(await answerOf(result)).toEqual({
      status: 'SUCCEEDED',
      path: ['Work'],
      output: { answer },
    });
  });

  test('a result that JSON cannot carry is a failure of the task', async () => {
    expect(await answerOf({ a: 1n })).toMatchObject({ status: 'FAILED' });
  });

  test('the execution id stands in the payload, in a branch too', async () => {
    const definition = {
      StartAt: 'Outside',
      States: {
        Outside: { ...invoke('WorkerLambdaFunction'), ResultPath: null, Next: 'Both' },
        Both: { Type: 'Parallel', Branches: [WORK], End: true },
      },
    };
    const heard: unknown[] = [];
    const worker = async (payload: unknown) => heard.push(payload);
    const engine = createInterpreterEngine(definition, targets({ worker }), quiet);
    await engine.execute(INPUT, 'run-9');
    const payload = { scope: INPUT.scope, executionId: 'run-9' };
    expect(heard).toEqual([payload, payload]);
  });

  test('executions at the same time keep apart', async () => {
    const worker = async (payload: unknown) => payload;
    const engine = createInterpreterEngine(WORK, targets({ worker }), quiet);
    const ids = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    const executions = await Promise.all(
      ids.map((id) => engine.execute({ ...INPUT, scope: `scope of ${id}` }, id)),
    );
    expect(executions).toEqual(
      ids.map((executionId) => ({
        status: 'SUCCEEDED',
        path: ['Work'],
        output: { answer: { scope: `scope of ${executionId}`, executionId } },
      })),
    );
  });

  test('one execution leaves nothing to the next', async () => {
    const items = [{ currentLevel: { N: '2' }, errorCount: { N: '5' } }, undefined];
    const levels: unknown[] = [];
    const face = (level: number) => async () => levels.push(level);
    const engine = createInterpreterEngine(
      readDefinition(),
      {
        functions: {
          'full-service': face(1),
          'degraded-service': face(2),
          'maintenance-service': face(3),
          mutator: async () => null,
        },
        updateItem: async () => ({}),
        getItem: async () => ({ Item: items.shift() ?? {} }),
      },
      quiet,
    );
    await engine.execute(INPUT, 'run-1');
    await engine.execute(INPUT, 'run-2');
    expect(levels).toEqual([2, 1]);
  });
});

describe('how an execution ends', () => {
  test('an error that nothing catches is FAILED, and logged with the execution id', async () => {
    const { telemetry, errors } = createTelemetry();
    const worker = async () => Promise.reject(new TypeError('no such order'));
    const engine = createInterpreterEngine(WORK, targets({ worker }), telemetry);
    const error = 'Execution has failed with the following error: no such order';
    expect(await engine.execute(INPUT, 'run-1')).toEqual({
      status: 'FAILED',
      path: ['Work'],
      error,
    });
    expect(errors).toEqual([
      {
        message: 'execution failed',
        fields: {
          executionId: 'run-1',
          status: 'FAILED',
          error: expect.objectContaining({ message: error }),
        },
      },
    ]);
  });

  test("keeps the whole stack of an author's own error", async () => {
    const { telemetry, errors } = createTelemetry();
    async function readOrder(): Promise<never> {
      await Promise.resolve();
      throw new TypeError('no such order');
    }
    const worker = async () => {
      await readOrder();
      return null;
    };
    await createInterpreterEngine(WORK, targets({ worker }), telemetry).execute(INPUT, 'run-1');
    const [logged] = errors;
    const { cause } = (logged?.fields?.['error'] ?? {}) as Error;
    const { stack = '' } = cause as Error;
    expect(stack).toMatch(/^TypeError: no such order\n +at readOrder .*interpreter-engine\.test/);
    expect(stack).toMatch(/ at .*worker/);
    expect(Error.stackTraceLimit).toBeGreaterThanOrEqual(10);
  });

  test('a path that names nothing is FAILED, not thrown', async () => {
    const definition = only('Look', {
      Type: 'Pass',
      Parameters: { 'a.$': '$.nothing' },
      End: true,
    });
    const engine = createInterpreterEngine(definition, targets(), quiet);
    expect(await engine.execute(INPUT, 'run-1')).toMatchObject({ status: 'FAILED' });
  });

  test('an execution that outlasts its machine is TIMED_OUT, and logged', async () => {
    const { telemetry, errors } = createTelemetry();
    const worker = () => new Promise(() => {});
    const definition = { ...WORK, TimeoutSeconds: 1 };
    const engine = createInterpreterEngine(definition, targets({ worker }), telemetry);
    const error = 'Execution timed out';
    expect(await engine.execute(INPUT, 'run-1')).toEqual({
      status: 'TIMED_OUT',
      path: ['Work'],
      error,
    });
    expect(errors).toMatchObject([{ fields: { executionId: 'run-1', status: 'TIMED_OUT' } }]);
  });
});

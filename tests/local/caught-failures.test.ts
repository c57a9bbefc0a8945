/** What the laptop's log and metrics say of a failure that the workflow catches. */
import { describe, expect, test } from 'vitest';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { createInterpreterEngine, type TaskTargets } from '../../lib/local/interpreter-engine.ts';
import type { Fields } from '../../lib/telemetry/telemetry.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { readDefinition } from '../statemachines/definition.ts';
import { DEGRADED, FULL, fullRow, INPUT, MAINTENANCE, type Item } from '../statemachines/given.ts';

/** What an execution meets beside its functions. */
interface Given {
  readonly row?: Item;
  readonly kind?: WorkflowInput['kind'];
  readonly getItem?: TaskTargets['getItem'];
  readonly updateItem?: TaskTargets['updateItem'];
}

describe('a failure that the workflow catches', () => {
  const HEALTHY = {
    'full-service': async () => FULL,
    'degraded-service': async () => DEGRADED,
    'maintenance-service': async () => MAINTENANCE,
    mutator: async () => ({ recorded: 'counted' }),
  };
  const hangs = () => new Promise<never>(() => {});
  const fails = async (): Promise<never> => Promise.reject(named('StoreUnavailableError'));
  const named = (name: string) => Object.assign(new Error('no answer'), { name });

  /** Runs an execution whose tasks have a second each, and tells what was logged and counted. */
  async function toldOf(
    met: Partial<TaskTargets['functions']>,
    {
      row = fullRow(1, 2),
      kind = 'request',
      getItem = async () => ({ Item: row }),
      updateItem = async () => ({}),
    }: Given = {},
  ) {
    const { telemetry, told } = rememberingTelemetry();
    const hasty = JSON.parse(
      JSON.stringify(readDefinition()).replaceAll(/"TimeoutSeconds":\d+/g, '"TimeoutSeconds":1'),
    ) as unknown;
    const definition = { ...(hasty as object), TimeoutSeconds: 10 };
    const given = {
      functions: { ...HEALTHY, ...met } as TaskTargets['functions'],
      getItem,
      updateItem,
    };
    const engine = createInterpreterEngine(definition, given, telemetry);
    const { status } = await engine.execute({ ...INPUT, kind }, 'run-1');
    expect(status).toBe('SUCCEEDED');
    return told;
  }

  const line = (state: string, error: string, cause: unknown) => [
    'error',
    'state failed',
    { state, error, cause, scope: INPUT.scope, executionId: 'run-1' },
  ];

  test('says nothing where there is none', async () => {
    expect(await toldOf({})).toEqual([]);
  });

  test('is one line; what the function threw it has counted itself', async () => {
    expect(await toldOf({ mutator: fails })).toEqual([
      line('Mutator', 'StoreUnavailableError', 'no answer'),
    ]);
  });

  test('of a mutator that hangs is counted here: nobody else can', async () => {
    expect(await toldOf({ mutator: hangs })).toEqual([
      line('Mutator', 'States.Timeout', expect.any(String)),
      ['count', 'MutatorFailed', 1],
    ]);
  });

  test.each(['full-service', 'degraded-service'])('of %s that hangs is a line', async (name) => {
    const row = fullRow(name === 'full-service' ? 1 : 2, 5);
    const [told, ...more] = await toldOf({ [name]: hangs }, { row });
    const state = name === 'full-service' ? 'Full' : 'Degraded';
    expect([told, more]).toEqual([line(state, 'States.Timeout', expect.any(String)), []]);
  });

  test('in a branch is a line too', async () => {
    const met = { 'maintenance-service': fails, 'degraded-service': fails };
    const told = await toldOf(met, { row: fullRow(3, 10) });
    expect(told.map(([, , fields]) => (fields as Fields)['state'])).toEqual(
      expect.arrayContaining(['Maintenance', 'Probe']),
    );
    expect(told).toHaveLength(2);
  });

  test.each(['request', 'tick'] as const)('of the read of a %s is a line', async (kind) => {
    expect(await toldOf({}, { kind, getItem: fails })).toEqual([
      line('ReadState', 'StoreUnavailableError', 'no answer'),
    ]);
  });

  test('that was repeated with success is none', async () => {
    let calls = 0;
    const mutator = async () => {
      calls += 1;
      if (calls === 1) throw named('StoreThrottledError');
      return { recorded: 'counted' };
    };
    expect(await toldOf({ mutator })).toEqual([]);
    expect(calls).toBe(2);
  });
});

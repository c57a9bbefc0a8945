/** The interpreter that the laptop runs does what the published one does, step by step. */
// Unlike expect it takes no key for a meaning, such as constructor.
import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import type { StateMachine as Machine } from 'aws-local-stepfunctions';
import fc from 'fast-check';
import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { cloneJSON } from '../../../lib/local/vendor/clone-json.ts';
import {
  BRANCH_INPUT,
  mended,
  REPLACED_LINE,
  REPLACED_TIMER,
  StateMachine,
} from '../../../lib/local/vendor/interpreter.ts';
import { allCases } from '../../statemachines/cases.ts';
import { hangs } from '../../statemachines/given.ts';
import { shieldCases } from '../../statemachines/cases/shields.ts';
import { drawAsGiven, run, type RequestCase } from '../../statemachines/harness.ts';
import { documents, templates } from './paths.ts';
import { publishedInterpreter } from './given.ts';

let Published: typeof Machine;

beforeAll(async () => {
  ({ StateMachine: Published } = await publishedInterpreter());
});

/** What an execution did, without the times of the day. */
const did = async (machine: Machine, input: unknown) => {
  const execution = machine.run(input as Parameters<Machine['run']>[0]);
  const ended = await execution.result.then(
    (output) => ({ output }),
    (error: unknown) => ({ error: String(error) }),
  );
  const events: unknown[] = [];
  for await (const { timestamp: _at, ...event } of execution.eventLogs) {
    events.push('Cause' in event ? { ...event, Cause: String(event.Cause) } : event);
  }
  return { ended, events };
};

describe('the deployed machine', () => {
  beforeEach(drawAsGiven);
  afterEach(() => vi.restoreAllMocks());

  const shielded = new Set(shieldCases.filter(({ calls }) => calls.full && calls.degraded));
  const quick = allCases.filter(
    (each) => !Object.values(each.given).includes(hangs) && !shielded.has(each as RequestCase),
  );

  test.each(quick)('$title', async ({ given }) => {
    const met = { ...given, drawn: given.drawn ?? Array.from({ length: 8 }, () => 0x80) };
    const [ours, theirs] = await Promise.all([run(met), run(met, Published)]);
    const timeless = ({ events, ...rest }: typeof ours) => ({
      ...rest,
      events: events.map(({ timestamp: _at, ...event }) => event),
    });
    expect(timeless(ours)).toEqual(timeless(theirs));
  });
});

test('the published one takes the input of a branch for the input of the execution; when it does not, BRANCH_INPUT can go', async () => {
  const answer = { Type: 'Pass', Parameters: { 'seen.$': '$$.Execution.Input.a' }, End: true };
  const branch = { StartAt: 'Answer', States: { Answer: answer } };
  const parallel = { Type: 'Parallel', Parameters: {}, Branches: [branch], End: true };
  const definition = { StartAt: 'Both', States: { Both: parallel } } as unknown;
  const context = { Execution: { Input: { a: 1 } } };
  const seenBy = (Interpreter: typeof Machine) =>
    new Interpreter(definition as ConstructorParameters<typeof Machine>[0]).run(
      { a: 1 },
      { context },
    ).result;
  expect(await seenBy(StateMachine)).toEqual([{ seen: 1 }]);
  await expect(seenBy(Published)).rejects.toThrow('does not point to a value');
});

test('any template over any state', async () => {
  // An execution's start is part of what a template may read.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const property = fc.asyncProperty(templates, documents, async (template, json) => {
    const state = {
      Type: 'Pass',
      Parameters: template,
      ResultPath: '$.made',
      Next: 'Again',
    };
    const definition = {
      StartAt: 'Make',
      States: { Make: state, Again: { ...state, OutputPath: '$', Next: undefined, End: true } },
    } as unknown as ConstructorParameters<typeof Machine>[0];
    const options = { validationOptions: { noValidate: true } } as const;
    const input = { ...(json as object), a: json };
    const ours = await did(new StateMachine(definition, options), structuredClone(input));
    const theirs = await did(new Published(definition, options), structuredClone(input));
    // Both assign what they merge, so that a key __proto__ becomes a prototype: of each its own document.
    deepStrictEqual(structuredClone(ours), structuredClone(theirs));
  });
  const merged: [unknown, unknown] = [
    { 'p.$': 'States.JsonMerge($, $.1, false)' },
    JSON.parse('[null, {"__proto__": {}, "constructor": null}]'),
  ];
  await fc.assert(property, { numRuns: 2_000, examples: [merged] });
});

describe('the copy of a JSON value', () => {
  const SOURCE = readFileSync(
    fileURLToPath(import.meta.resolve('aws-local-stepfunctions')),
    'utf8',
  );
  const [text = ''] = /function cloneJSON\(value\) \{[\s\S]*?\n\}/.exec(SOURCE) ?? [];
  // The published function's own text, to be compared with.
  const published = runInThisContext(`(${text})`) as typeof cloneJSON;

  test('is that of the published interpreter', () => {
    fc.assert(
      fc.property(documents, (json) => {
        const copy = cloneJSON(json);
        deepStrictEqual(copy, published(json));
        if (typeof json === 'object' && json !== null) expect(copy).not.toBe(json);
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps a __proto__ of its own', () => {
    const json: unknown = JSON.parse('{"__proto__": {"a": 1}}');
    expect(JSON.stringify(cloneJSON(json))).toBe('{"__proto__":{"a":1}}');
  });

  test('the published one still lists entries; when it does not, clone-json.ts can go', () => {
    expect(text).toContain('Object.fromEntries(Object.entries(value)');
    expect(SOURCE.split(REPLACED_LINE)).toHaveLength(2);
    expect(SOURCE.split(BRANCH_INPUT)).toHaveLength(2);
  });

  test('is put in at its place alone', () => {
    const replaced = mended(SOURCE);
    expect(replaced).toContain('clone-json.ts');
    expect(replaced.split('\n').length).toBe(SOURCE.split('\n').length);
    expect(mended('export {};')).toBe('export {};');
  });
});

describe('the time limit of a task', () => {
  test('is begun at one place of the published interpreter, where ours is put in', () => {
    const source = readFileSync(
      fileURLToPath(import.meta.resolve('aws-local-stepfunctions')),
      'utf8',
    );
    expect(source.split(REPLACED_TIMER)).toHaveLength(2);
    expect(mended(source)).not.toContain(REPLACED_TIMER);
  });

  const definition = {
    StartAt: 'Ask',
    States: { Ask: { Type: 'Task', Resource: 'arn:x', TimeoutSeconds: 1, End: true } },
  } as const;
  const ask = (answer: () => Promise<string>) =>
    new StateMachine(definition, {
      validationOptions: { noValidate: true },
    }).run(null, { overrides: { taskResourceLocalHandlers: { Ask: answer } } }).result;

  test('is not tripped by a process that was busy for longer: what lies ready is taken', async () => {
    const answer = ask(async () => {
      // As a read does that turns the event loop twice.
      await setImmediate();
      await setImmediate();
      return 'read';
    });
    const busyUntilMs = performance.now() + 1_100;
    while (performance.now() < busyUntilMs);
    expect(await answer).toBe('read');
  });

  test('ends a task that hangs, when its time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const ended = ask(() => new Promise(() => {})).catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(await ended).toContain('States.Timeout');
  });
});

/** What executions begin with and meet: inputs, rows as DynamoDB gives them, answers, fake targets. */
import { classic } from '../../lib/level/policy.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { requestText } from '../services/requests.ts';

export const EXECUTION_ID = 'run-1';
export const RECEIVED_AT = 1_767_225_600_000;

/** The epoch of every row that says one. */
export const EPOCH = 7;

/** No execution sees a scope's name and its key mixed up: they differ here. */
export const INPUT: WorkflowInput = {
  kind: 'request',
  scope: 'payments',
  stateKey: 'SYSTEM_STATE#payments',
  receivedAt: RECEIVED_AT,
  failOpenLevel: 1,
  readReplicas: 0,
  signals: 'direct',
  safe: false,
  bypass: false,
  deployed: deployedInput(classic),
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  request: requestText({ order: 'a "quoted" one' }),
};

/** A row in DynamoDB's own JSON. */
export type Item = Readonly<Record<string, unknown>>;

/** A row with no more than what an operator would write by hand. */
export function minimalRow(level: number, errorCount = 0): Item {
  return {
    PK: { S: INPUT.stateKey },
    currentLevel: { N: String(level) },
    errorCount: { N: String(errorCount) },
    lastUpdated: { S: '2026-01-01T00:00:00.000Z' },
  };
}

/** A row with everything that the system writes, except an override. */
export function fullRow(level: number, errorCount = 0): Item {
  const at = { S: '2026-01-01T00:00:00.000Z' };
  return {
    ...minimalRow(level, errorCount),
    successCount: { N: '3' },
    epoch: { N: String(EPOCH) },
    lastTransition: at,
    transitionReason: { S: 'error-threshold' },
    history: {
      L: [{ M: { epoch: { N: '7' }, from: { N: '1' }, to: { N: '2' }, at, reason: { S: 'x' } } }],
    },
    policy: { M: { errorsToDegrade: { N: '3' } } },
  };
}

/** A full row under an override; without untilMs it has no end. */
export function pinnedRow(level: number, untilMs?: number): Item {
  const end = untilMs === undefined ? {} : { untilMs: { N: String(untilMs) } };
  return { ...fullRow(level), override: { M: { reason: { S: 'drill' }, ...end } } };
}

/** A full row with more on it: numbers and texts. */
export function rowWith(level: number, more: Readonly<Record<string, number | string>>): Item {
  const attributes = Object.entries(more).map(([name, value]) => [
    name,
    typeof value === 'number' ? { N: String(value) } : { S: value },
  ]);
  return { ...fullRow(level), ...Object.fromEntries(attributes) };
}

/** What is drawn below, and what nothing is. */
export const [EACH, NONE] = ['g', '0'];

/** Times around that of the request. */
export const [BEFORE, AFTER] = [RECEIVED_AT - 1, RECEIVED_AT + 1];

/** What a face function answers. */
export interface FaceAnswer {
  readonly outcome: string;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
  readonly durationMs: number;
}

const served = { outcome: 'success', statusCode: 200, headers: {}, durationMs: 12 } as const;

export const FULL: FaceAnswer = {
  ...served,
  headers: { 'Cache-Control': 'no-store' },
  body: JSON.stringify({ status: 200, level: 1, msg: 'Full Capacity' }),
};

export const DEGRADED: FaceAnswer = {
  ...served,
  body: JSON.stringify({ status: 200, level: 2, msg: 'Degraded Mode' }),
};

export const MAINTENANCE: FaceAnswer = {
  ...served,
  outcome: 'none',
  statusCode: 503,
  headers: { 'Retry-After': '30' },
  body: JSON.stringify({ status: 503, message: 'back soon' }),
};

export const FAILED: FaceAnswer = {
  ...served,
  outcome: 'error',
  statusCode: 500,
  body: JSON.stringify({ status: 500, message: 'Internal Server Error' }),
};

/** The face's own breaker is open. */
export const REFUSED = {
  ...served,
  outcome: 'none',
  refused: true,
  statusCode: 503,
  headers: { 'Retry-After': '1' },
  body: JSON.stringify({ status: 503, message: 'the upstream is failing' }),
};

export const SLOW: FaceAnswer = {
  ...served,
  outcome: 'slow',
  body: JSON.stringify({ status: 200, msg: 'at last' }),
};

export const REJECTED: FaceAnswer = {
  ...served,
  outcome: 'none',
  statusCode: 400,
  body: JSON.stringify({ status: 400, message: 'order must be an array' }),
};

/** A target of a task; calls are counted from 1, in each execution anew. */
export type Fake = (call: number) => unknown;

export const answers =
  (answer: unknown): Fake =>
  () =>
    answer;

/** Fails every time; the name is what Retry and Catch see. */
export const throws =
  (name = 'Error'): Fake =>
  () => {
    throw named(name);
  };

/** Fails the first time only. */
export const throwsOnce =
  (name: string, answer: unknown): Fake =>
  (call) => {
    if (call === 1) throw named(name);
    return answer;
  };

/** Never answers. */
export const hangs: Fake = () => new Promise(() => {});

function named(name: string): Error {
  return Object.assign(new Error('boom'), { name });
}

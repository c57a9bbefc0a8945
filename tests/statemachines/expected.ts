/** What executions are expected to answer and to record. */
import { EPOCH, EXECUTION_ID, INPUT, type FaceAnswer } from './given.ts';
import type { Answer, Target } from './harness.ts';

/** A face's answer as the client gets it. */
export function answered(level: number, face: FaceAnswer, failOpen = false): Answer {
  const { statusCode, headers, body } = face;
  return { statusCode, headers, body, level, failOpen, shielded: false };
}

/** The answer where a face crashed, hung or said something unusable. */
export function crashed(level: number, failOpen = false): Answer {
  const body = { status: 500, message: 'Internal Server Error' };
  return {
    statusCode: 500,
    headers: {},
    body: JSON.stringify(body),
    level,
    failOpen,
    shielded: false,
  };
}

/** The answer that depends on nothing. */
export const STATIC_MAINTENANCE: Answer = {
  statusCode: 503,
  headers: { 'Retry-After': '60' },
  body: JSON.stringify({
    status: 503,
    message: 'Nivel 3: Sistema bajo mantenimiento, intente más tarde',
  }),
  level: 3,
  failOpen: false,
  shielded: false,
};

/** What the mutator is told of a request served at the level that was read. */
export function outcome(level: number, result: string, durationMs: number | null, epoch = EPOCH) {
  const fence = { readLevel: level, epoch, servedLevel: level };
  return { kind: 'outcome', ...told, record: true, ...fence, result, durationMs };
}

/** What the mutator is told of what it shall publish and not record. */
export function published(
  level: number,
  result: string,
  durationMs: number | null,
  more: { readonly epoch?: number; readonly failOpen?: boolean; readonly signals?: string } = {},
) {
  const { epoch = EPOCH, ...told } = more;
  return { ...outcome(level, result, durationMs, epoch), record: false, ...told };
}

/** What the mutator is told by a tick. */
export function tick(level: number, result: string, epoch = EPOCH) {
  const fence = { readLevel: level, epoch, servedLevel: level };
  return { kind: 'tick', ...told, record: true, ...fence, result, durationMs: null };
}

const told = {
  scope: INPUT.scope,
  executionId: EXECUTION_ID,
  trace: INPUT.trace,
  signals: INPUT.signals,
  failOpen: false,
};

/** What an execution did, on whichever engine. */
interface Heard {
  readonly heard: Partial<Record<Target, unknown[]>>;
}

/** How often each target was called; those never called are left out. */
export function callsOf({ heard }: Heard): object {
  const counts = Object.entries(heard).map(([target, calls]) => [target, calls.length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** What the mutator was told, without what every payload has of its execution: that is a test of its own. */
export function outcomesOf({ heard }: Heard): object[] {
  return (heard.mutator ?? []).map((payload) => {
    const {
      row: _row,
      receivedAt: _at,
      bypass: _bypass,
      ...outcomeItself
    } = payload as Record<string, unknown>;
    return outcomeItself;
  });
}

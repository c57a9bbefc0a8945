/** An engine whose answers are told to the feed of the live page. */
import { FACE_OF } from '../../level/level.ts';
import type { Clock } from '../../runtime/clock.ts';
import { readOutput, type Engine } from '../engine.ts';
import type { WorkflowOutput } from '../../runtime/workflow.ts';
import type { AnswerKind, Feed } from './feed.ts';

/** Makes it: every execution of a request is counted, ticks are not. */
export function observedEngine(
  engine: Engine,
  feed: Feed,
  clock: Clock,
  onServed: () => void,
): Engine {
  return {
    async execute(input, executionId) {
      const startedAt = clock.monotonicMs();
      const execution = await engine.execute(input, executionId);
      if (input.kind !== 'request') return execution;
      const output = readOutput(execution);
      feed.add({
        scope: input.scope,
        kind: output === null ? 'error' : kindOf(output),
        level: output?.level ?? 1,
        statusCode: output?.statusCode ?? 500,
        ms: clock.monotonicMs() - startedAt,
        path: execution.path ?? [],
      });
      onServed();
      return execution;
    },
  };
}

function kindOf({ statusCode, level, shielded }: WorkflowOutput): AnswerKind {
  if (level === 3) return 'maintenance';
  if (statusCode >= 500) return 'error';
  if (statusCode >= 400) return 'other';
  return shielded === true ? 'degraded' : FACE_OF[level];
}

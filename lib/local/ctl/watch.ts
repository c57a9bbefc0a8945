/** The changes of every scope as they come. */
import { setTimeout as pause } from 'node:timers/promises';
import { HISTORY_LIMIT } from '../../level/state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { formatChange, formatStatus, parseScopes, type Scope, type Status } from './format.ts';
import { asJson } from './json.ts';
import type { ControlTarget } from './target.ts';

/** What watching needs. */
export interface Watched {
  readonly target: ControlTarget;
  /** Asks the control plane. */
  readonly look: () => Promise<unknown>;
  readonly everyMs: number;
  readonly json: boolean;
  readonly print: (text: string) => void;
  readonly describe: (error: unknown) => string;
  /** Whether no later look can be better. */
  readonly isFinal: (error: unknown) => boolean;
}

/** Prints the status, then every change once. A read that fails is told once and tried again. */
export async function watch(given: Watched): Promise<never> {
  const { target, look, everyMs, print, describe, isFinal, json } = given;
  const seen = new Map<string, Scope>();
  let failing = false;
  if (!json) print(target.description);
  for (;;) {
    try {
      for (const scope of parseScopes(await look())) {
        for (const line of newsOf(given, scope, seen.get(scope.scope))) print(line);
        seen.set(scope.scope, scope);
      }
      failing = false;
    } catch (error) {
      if (isFinal(error)) throw error;
      const problem = describe(error);
      if (!failing) {
        print(json ? asJson({ target: target.facts, problem }) : `${target.name}: ${problem}`);
      }
      failing = true;
    }
    await pause(everyMs);
  }
}

function newsOf({ target, json }: Watched, status: Scope, seen: Scope | undefined): string[] {
  const { scope } = status;
  const isNew =
    seen === undefined || 'problem' in seen !== 'problem' in status || begunAnew(status, seen);
  if (isNew) {
    const shown = () => `${target.name}: ${formatStatus(status, systemClock.nowMs())}`;
    return [json ? asJson({ target: target.facts, scope, status }) : shown()];
  }
  if ('problem' in status || 'problem' in seen) return [];
  const { missed, fresh } = newerThan(seen, status);
  if (json) return fresh.map((change) => asJson({ target: target.facts, scope, change }));
  const lines = [
    ...(missed > 0 ? [`  … ${missed} more`] : []),
    ...fresh.map((change) => formatChange(change)),
  ];
  return lines.map((line) => `${target.name}: ${scope}${line}`);
}

/** An epoch that goes back is another row: a table that was made anew. */
function begunAnew(status: Scope, seen: Scope): boolean {
  return 'epoch' in status && 'epoch' in seen && status.epoch < seen.epoch;
}

/** Only a full history has lost changes; a new policy begins an epoch that is no change. */
function newerThan({ epoch }: Status, { history }: Status) {
  const fresh = history.filter((change) => change.epoch > epoch);
  const missed = (fresh[0]?.epoch ?? 0) - epoch - 1;
  return { fresh, missed: fresh.length === HISTORY_LIMIT ? Math.max(0, missed) : 0 };
}

/** The judge of the search: holds every write to the rules, and the end to what must not be left. */
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../lib/level/state.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { membersOf, type Member } from './actors.ts';
import { hasEnded, runAlone, type Answer, type Judge, type Step } from './explorer.ts';
import {
  ALWAYS,
  due,
  expiresOverride,
  viewOf,
  WHEN_APPLIED,
  writeOf,
  type Applied,
  type View,
  type Write,
} from './rules.ts';

/** The judge of the protocol, and what it saw happen. */
export class Oracle implements Judge<Member> {
  /** What happened at least once: so that a test can tell that nothing passes for want of trying. */
  readonly happened = new Set<string>();

  step(step: Step<Member>): void {
    if (step.point.next.kind === 'write') this.#write(writeOf(step));
    if (hasEnded(step.reached)) demand('each actor is told the truth of what it did', told(step));
  }

  async rest(item: Item | undefined, crashed: boolean): Promise<void> {
    const row = viewOf(item);
    if (row.pinned || due(row) === null) return;
    demand('nobody leaves a threshold passed', crashed);
    this.happened.add('a crash left something');
    const { heal, error } = membersOf({ level: levelOf(row), epoch: row.epoch }, 1);
    const healed = await runAlone(heal, item);
    demand('one tick finishes what a crash left', due(viewOf(healed)) === null);
    const failed = await runAlone(error, item);
    demand('one more error finishes what was left', due(viewOf(failed)) === null);
  }

  #write(write: Write): void {
    for (const [rule, holds] of Object.entries(ALWAYS)) demand(rule, holds(write));
    const { kind, before, after } = write;
    this.happened.add(after === null ? `${kind} refused` : happeningOf({ ...write, after }));
    if (after === null) return;
    if (write.settles && after.level !== before.level) {
      this.happened.add(`${before.level} -> ${after.level}`);
    }
    for (const [rule, holds] of Object.entries(WHEN_APPLIED)) {
      demand(rule, holds({ ...write, after }));
    }
  }
}

function happeningOf(write: Applied): string {
  if (!write.settles) return write.kind;
  if (expiresOverride(write)) return 'override expired';
  return write.after.level === write.before.level ? 'clear' : `${write.kind} moves the level`;
}

function demand(rule: string, holds: boolean): void {
  if (!holds) throw new Error(`violated: ${rule}`);
}

/** Whether what an actor was told in the end is what it did. */
function told({ written, reached }: Step<Member>): boolean {
  const { next, actor } = reached;
  const outcome = actor.result !== undefined;
  if (next.kind === 'repeated') return true;
  if (next.kind === 'threw') {
    return actor.name !== 'heal' && !outcome && reached.writes === 3 && written === null;
  }
  if (next.kind !== 'returned' || (outcome && reached.writes === 0)) return false;
  const stale = outcome && reached.writes === 1 && reached.answers.at(-1) === null;
  if (stale) return isDeepStrictEqual(next.value, { kind: 'stale' });
  const { changes } = next.value as { readonly changes: readonly Change[] };
  return isDeepStrictEqual(changes, begunBy(actor, reached.answers));
}

/** The epochs that an actor began, by what the table answered to its writes. */
function begunBy({ name, result, readAt }: Member, answers: readonly Answer[]): Change[] {
  const begun: Change[] = [];
  let wrote = readAt !== undefined;
  let seen = readAt?.epoch ?? 0;
  for (const [index, answer] of answers.entries()) {
    if (answer === null) continue;
    const { epoch, began } = viewOf(answer);
    const triesAgain = result === undefined && name !== 'heal' && index % 2 === 0;
    const isRead = !wrote && (index === 0 || triesAgain);
    if (!isRead) {
      wrote = true;
      if (epoch > seen && began !== undefined) begun.push(began);
    }
    seen = epoch;
  }
  return begun;
}

function levelOf({ level }: View): 1 | 2 | 3 {
  return level === 1 || level === 2 ? level : 3;
}

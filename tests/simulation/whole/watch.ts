/** What must be true of every write of an episode, in words and arithmetic that are not those of lib. */
import { itemBytes } from '../../../lib/simulation/item-bytes.ts';
import type { Policy } from '../../../lib/level/policy.ts';
import type { Item } from '../../../lib/store/level-store.ts';
import type { Written } from './table.ts';

/** An epoch as it was begun; from and to are the same where the level stayed. */
export interface Changed {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** What is remembered of a scope. */
interface Seen {
  readonly changes: Changed[];
  /** Successes of the full face that were counted since the level fell, or a step failed. */
  fullSuccesses: number;
  /** When the claim of the last probe was sent, and its epoch. */
  probe: { readonly epoch: number; readonly sentMs: number } | null;
}

/** A write unit; a row with an override or a policy may have two. */
const UNIT_BYTES = 1_024;
const EVIDENCE = /^(?:[EO][0-9a-z]{1,8}|run|canary(?:Ok|Errors|Run)|probeFailures)$/;

/** Holds every write of every scope to the rules; throws what it objects to. */
export class Watch {
  readonly #policyOf: (key: string) => Policy;
  readonly #counted = new Map<number, number>();
  readonly #scopes = new Map<string, Seen>();
  /** What happened at least once. */
  readonly happened = new Map<string, number>();

  constructor(policyOf: (key: string) => Policy) {
    this.#policyOf = policyOf;
  }

  /** Every epoch of a scope. */
  changesOf(key: string): readonly Changed[] {
    return this.#seen(key).changes;
  }

  /** A request won its claim and probes the degraded face: sent so long after the one before, by its clock. */
  probed(
    key: string,
    epoch: number,
    claim: { readonly sentMs: number; readonly intervalMs: number; readonly skewMs: number },
  ): void {
    const seen = this.#seen(key);
    const { probe } = seen;
    if (probe?.epoch === epoch) {
      const sinceMs = claim.sentMs - probe.sentMs;
      const isApart = sinceMs >= claim.intervalMs - claim.skewMs;
      this.#demand('at most one probe per interval', isApart, key, { sinceMs, ...claim });
    }
    seen.probe = { epoch, sentMs: claim.sentMs };
    this.happen('probe');
  }

  happen(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }

  /** Judges one write. */
  wrote(written: Written): void {
    const { key, after, write, by } = written;
    if (key.startsWith('HISTORY#') || write.expect.kind === 'not-notified') return;
    const mostWrites = { request: 2, alarm: 1, tick: 4, operator: 4 }[by.work];
    this.#demand('a bounded number of writes', by.writes <= mostWrites, key);
    if (after === null) return this.happen(`${by.work} refused`);
    this.#fences(written, after);
    this.#epochs(written, after);
    this.#levels(written, after);
    this.#counts(written);
    const isPlain = after['override'] === undefined && after['policy'] === undefined;
    const mostBytes = isPlain ? UNIT_BYTES : 2 * UNIT_BYTES;
    this.#demand('a row is a write unit', itemBytes(after) <= mostBytes, key, itemBytes(after));
  }

  #fences({ key, before, counts, by }: Written, after: Item): void {
    if (by.work === 'operator') return;
    const pin = before['override'] as { readonly untilMs?: number } | undefined;
    const isPinned = pin !== undefined && (pin.untilMs ?? Infinity) > by.nowMs();
    this.#demand('nothing counts, probes or moves while pinned', !isPinned, key, by.work);
    if (!counts || by.evidence === null) return;
    const { level, epoch } = by.evidence;
    const isSame = numberOf(before, 'currentLevel', 1) === level;
    const isFenced = isSame && numberOf(before, 'epoch') === epoch;
    this.#demand('evidence counts under what it was read at', isFenced, key, by.evidence);
    const isAlone = numberOf(after, 'epoch') === epoch;
    this.#demand('evidence begins no epoch', isAlone, key);
  }

  #epochs({ key, before, by }: Written, after: Item): void {
    const [was, is] = [numberOf(before, 'epoch'), numberOf(after, 'epoch')];
    this.#demand('the epoch stays or grows by one', is === was || is === was + 1, key, [was, is]);
    const [from, to] = [numberOf(before, 'currentLevel', 1), numberOf(after, 'currentLevel', 1)];
    if (is > was) this.#seen(key).changes.push({ epoch: is, from, to });
    if (from === to) return;
    this.#demand('a change of level begins an epoch', is === was + 1, key);
    const isStep = Math.abs(to - from) === 1 || by.work === 'operator';
    this.#demand('one level at a time', isStep, key, [from, to]);
    const [atMs, thenMs] = [timeOf(after), timeOf(before)];
    this.#demand('no time goes back', thenMs <= atMs, key, [thenMs, atMs]);
    this.happen(`${by.work} ${from} -> ${to}`);
  }

  #levels({ key, before, by }: Written, after: Item): void {
    const policy = this.#policyOf(key);
    const seen = this.#seen(key);
    const [from, to] = [numberOf(before, 'currentLevel', 1), numberOf(after, 'currentLevel', 1)];
    if (from === to) {
      if (numberOf(after, 'rampStep') < numberOf(before, 'rampStep')) seen.fullSuccesses = 0;
      return;
    }
    const left = Object.keys(after).filter((name) => EVIDENCE.test(name));
    this.#demand('a level begins without evidence', left.length === 0, key, left);
    const streak = numberOf(after, 'successCount');
    this.#demand('a level begins without a streak', streak === 0, key, streak);
    const entry = [0, policy.errorsToDegrade, policy.errorsToMaintenance][to - 1];
    const errors = numberOf(after, 'errorCount');
    const expected = policy.judge === 'rate' || after['policy'] !== undefined ? errors : entry;
    this.#demand('a level begins with its entry count', errors === expected, key, errors);
    const isClimb = to === 1 && by.work !== 'operator' && by.work !== 'alarm';
    if (isClimb && policy.ramp.length > 0 && after['policy'] === undefined) {
      const ok = numberOf(before, 'canaryOk');
      const all = ok + numberOf(before, 'canaryErrors');
      const isGood = ok >= 3 && (all - ok) * 8 <= all && seen.fullSuccesses >= ok;
      this.#demand('level 1 is entered on fresh evidence of the full face', isGood, key, before);
    }
    seen.fullSuccesses = 0;
  }

  #counts({ key, counts, by }: Written): void {
    if (!counts || by.evidence === null) return;
    const { id, isFullSuccess } = by.evidence;
    const times = (this.#counted.get(id) ?? 0) + 1;
    this.#counted.set(id, times);
    this.#demand('an outcome is counted at most once', times === 1, key, by.evidence);
    if (isFullSuccess) this.#seen(key).fullSuccesses += 1;
    this.happen('counted');
  }

  #seen(key: string): Seen {
    const known = this.#scopes.get(key) ?? { changes: [], fullSuccesses: 0, probe: null };
    this.#scopes.set(key, known);
    return known;
  }

  #demand(rule: string, holds: boolean, key: string, got?: unknown): void {
    if (!holds) throw new Error(`violated: ${rule} (${key}); got ${JSON.stringify(got)}`);
  }
}

function timeOf({ lastTransition }: Item): number {
  return typeof lastTransition === 'string' ? Date.parse(lastTransition) : 0;
}

/** A number of an item. */
export function numberOf(item: Item, name: string, absent = 0): number {
  const value = item[name];
  return typeof value === 'number' ? value : absent;
}

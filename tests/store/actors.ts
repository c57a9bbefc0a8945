/** Who may meet at a row: outcomes read before or during the meeting, operators, and the tick. */
import { isLevel, type Level } from '../../lib/level/level.ts';
import type { Outcome } from '../../lib/level/outcome.ts';
import * as control from '../../lib/store/control.ts';
import { stateKeyOf, type Item, type LevelStore } from '../../lib/store/level-store.ts';
import { heal, recordOutcome, type Protocol } from '../../lib/store/record-outcome.ts';
import type { Actor } from './explorer.ts';
import { NOW_MS, outcomeAt, protocolOn, type Fence } from './steps.ts';

/** Every kind, the outcomes first. A late outcome reads the row itself, as a new request does. */
export const KINDS = [
  'error',
  'success',
  'lateError',
  'lateSuccess',
  'reset',
  'pin',
  'release',
  'changePolicy',
  'heal',
] as const;

/** What an actor is. */
export type Kind = (typeof KINDS)[number];

/** An actor with what it knew before it began. */
export interface Member extends Actor {
  readonly name: Kind;
  /** What an outcome shows; absent for everyone else. */
  readonly result?: Outcome['result'];
  /** The fence that an outcome was read at; absent where it reads the row itself. */
  readonly readAt?: Fence;
  /** The level that a pin pins. */
  readonly pinTo: Level;
}

/** What a pin leaves on the row; it is in force all the time. */
export const OVERRIDE = { reason: 'drill', untilMs: NOW_MS + 1 };

/** What a policy change leaves on the row: lower thresholds, so that old counts would pass them. */
const POLICY = { errorsToDegrade: 3, errorsToMaintenance: 6 };

const SCOPE = 'default';

/** One actor of each kind. All outcomes that are not late were read at the same fence. */
export function membersOf(readAt: Fence, pinTo: Level): Readonly<Record<Kind, Member>> {
  const request = { level: pinTo, override: OVERRIDE };
  const other = (name: Kind, act: (protocol: Protocol) => Promise<unknown>): Member => {
    return { name, pinTo, mayCrash: false, run: (store) => act(protocolOn(store)) };
  };
  return {
    error: outcome('error', 'error', readAt, pinTo),
    success: outcome('success', 'success', readAt, pinTo),
    lateError: outcome('lateError', 'error', undefined, pinTo),
    lateSuccess: outcome('lateSuccess', 'success', undefined, pinTo),
    reset: other('reset', (protocol) => control.reset(protocol, SCOPE, {}, NOW_MS)),
    pin: other('pin', (protocol) => control.pin(protocol, SCOPE, request, NOW_MS)),
    release: other('release', (protocol) => control.release(protocol, SCOPE, {}, NOW_MS)),
    changePolicy: other('changePolicy', (protocol) =>
      control.changePolicy(protocol, SCOPE, POLICY, {}, NOW_MS),
    ),
    heal: other('heal', (protocol) => heal(protocol, SCOPE, NOW_MS)),
  };
}

function outcome(
  name: Kind,
  result: Outcome['result'],
  readAt: Fence | undefined,
  pinTo: Level,
): Member {
  const run = async (store: LevelStore) => {
    const fence = readAt ?? fenceOf(await store.read(stateKeyOf(SCOPE)));
    return recordOutcome(protocolOn(store), SCOPE, outcomeAt(fence, result));
  };
  return { name, result, pinTo, mayCrash: true, run, ...(readAt && { readAt }) };
}

function fenceOf(item: Item | undefined): Fence {
  const level = item?.['currentLevel'];
  return { level: isLevel(level) ? level : 1, epoch: Number(item?.['epoch'] ?? 0) };
}

/** Every multiset of a size over some kinds that contains an outcome, each once. */
export function crowds(kinds: readonly Kind[], size: number): Kind[][] {
  const outcomes: ReadonlySet<Kind> = new Set(KINDS.slice(0, 4));
  return multisets(kinds, size).filter((crowd) => crowd.some((kind) => outcomes.has(kind)));
}

function multisets<K>(kinds: readonly K[], size: number): K[][] {
  if (size === 0) return [[]];
  return kinds.flatMap((kind, index) =>
    multisets(kinds.slice(index), size - 1).map((rest) => [kind, ...rest]),
  );
}

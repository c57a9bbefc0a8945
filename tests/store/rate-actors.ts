/** Who may meet at a row under a rate: requests read before or during the meeting, probes, operators, the tick. */
import { claimProbe } from '../../lib/level/claim.ts';
import type { Outcome } from '../../lib/level/outcome.ts';
import { production } from '../../lib/level/policy.ts';
import { isRamping } from '../../lib/level/ramp.ts';
import { isMap, type LevelState } from '../../lib/level/state.ts';
import * as control from '../../lib/store/control.ts';
import { dueProbe } from '../../lib/store/due-probe.ts';
import { stateKeyOf, type Item, type LevelStore } from '../../lib/store/level-store.ts';
import { heal, recordOutcome, type Protocol } from '../../lib/store/record-outcome.ts';
import { stateOf } from '../../lib/store/row.ts';
import type { Actor } from './explorer.ts';
import { isHistoryKey, NOW_MS } from './steps.ts';

/** Outcomes first. Late ones read the row themselves; a repeated one sends what follows its count twice. */
export const RATE_KINDS = [
  'error',
  'success',
  'repeatedError',
  'repeatedSuccess',
  'lateError',
  'lateSuccess',
  'canaryError',
  'canarySuccess',
  'repeatedCanary',
  'probeError',
  'probeSuccess',
  'tick',
  'reset',
  'pin',
  'changePolicy',
] as const;

/** What an actor is. */
export type RateKind = (typeof RATE_KINDS)[number];

/** An actor under a rate. */
export interface RateMember extends Actor {
  readonly name: RateKind;
}

const SCOPE = 'default';
const KEY = stateKeyOf(SCOPE);

/** What a policy change leaves on the row. */
const POLICY = { dwellMs: 1_000 };
const OVERRIDE = { reason: 'drill', untilMs: NOW_MS + 1 };

const protocolOn = (store: LevelStore): Protocol => {
  return {
    store,
    policyOf: (overrides) => ({ ...production, ...(isMap(overrides) && overrides) }),
  };
};

interface Shown {
  readonly result: Outcome['result'];
  readonly canary?: boolean;
}

function record(store: LevelStore, seen: LevelState, { result, canary = false }: Shown) {
  const { currentLevel: readLevel, epoch } = seen;
  const servedLevel = canary ? 1 : readLevel;
  const outcome = { readLevel, epoch, servedLevel, result, durationMs: 12 };
  const at = { readAtMs: NOW_MS, atMs: NOW_MS, random: 0 };
  return recordOutcome(protocolOn(store), SCOPE, { outcome, seen, ...at });
}

/** Every write behind the first is sent twice, with whatever may happen between. */
function repeating(store: LevelStore): LevelStore {
  let writes = 0;
  return {
    read: (key) => store.read(key),
    async write(key, write) {
      if (isHistoryKey(key)) return store.write(key, write);
      writes += 1;
      if (writes === 1) return store.write(key, write);
      const first = await store.write(key, write);
      const second = await store.write(key, write);
      return second ?? first;
    },
  };
}

const read = async (store: LevelStore) => stateOf(KEY, await store.read(KEY));

/** A request at level 3: it claims by what it has read, as the workflow does. */
async function probe(store: LevelStore, seen: LevelState, result: Outcome['result']) {
  const { probeIntervalMs = production.probeIntervalMs, nextProbeAtMs = 0 } = seen;
  if (seen.currentLevel !== 3 || nextProbeAtMs > NOW_MS) return null;
  const claimed = await store.write(KEY, claimProbe(seen, probeIntervalMs, NOW_MS));
  return claimed === null ? null : record(store, seen, { result });
}

/** The workflow's: it reads, asks what is due, tries it, counts it and finishes what is left. */
async function tick(store: LevelStore): Promise<void> {
  const seen = await read(store);
  const due = await dueProbe(protocolOn(store), SCOPE, NOW_MS);
  if (due !== 'none') await record(store, seen, { result: 'success', canary: due === 'full' });
  await heal(protocolOn(store), SCOPE, NOW_MS);
}

/** One actor of each kind; those that are not late have read the row as it stands before the meeting. */
export function rateMembersOf(row: Item | undefined): Readonly<Record<RateKind, RateMember>> {
  const seen = stateOf(KEY, row);
  const make = (name: RateKind, mayCrash: boolean, run: Actor['run']): RateMember => {
    return { name, mayCrash, run };
  };
  const early = (name: RateKind, shown: Shown) =>
    make(name, true, async (store) => record(store, seen, shown));
  const repeated = (name: RateKind, shown: Shown) =>
    make(name, false, async (store) => record(repeating(store), seen, shown));
  const late = (name: RateKind, shown: Shown) =>
    make(name, true, async (store) => {
      const now = await read(store);
      // What is due there is another actor's.
      if (now.currentLevel === 3 || now.override !== undefined) return null;
      return record(store, now, shown);
    });
  const probing = (name: RateKind, result: Outcome['result']) =>
    make(name, true, (store) => probe(store, seen, result));
  const operator = (name: RateKind, act: (protocol: Protocol) => Promise<unknown>) =>
    make(name, false, (store) => act(protocolOn(store)));
  const request = { level: 2, override: OVERRIDE } as const;
  return {
    error: early('error', { result: 'error' }),
    success: early('success', { result: 'success' }),
    repeatedError: repeated('repeatedError', { result: 'error' }),
    repeatedSuccess: repeated('repeatedSuccess', { result: 'success' }),
    lateError: late('lateError', { result: 'error' }),
    lateSuccess: late('lateSuccess', { result: 'success' }),
    canaryError: early('canaryError', { result: 'error', canary: true }),
    canarySuccess: early('canarySuccess', { result: 'success', canary: true }),
    repeatedCanary: repeated('repeatedCanary', { result: 'success', canary: true }),
    probeError: probing('probeError', 'error'),
    probeSuccess: probing('probeSuccess', 'success'),
    tick: make('tick', false, tick),
    reset: operator('reset', (protocol) => control.reset(protocol, SCOPE, {}, NOW_MS)),
    pin: operator('pin', (protocol) => control.pin(protocol, SCOPE, request, NOW_MS)),
    changePolicy: operator('changePolicy', (protocol) =>
      control.changePolicy(protocol, SCOPE, POLICY, {}, NOW_MS),
    ),
  };
}

/** The kinds that can mean something at a row: canaries at level 2 beyond the dwell, probes at level 3. */
export function kindsAt(row: Item | undefined): readonly RateKind[] {
  const state = stateOf(KEY, row);
  const always: RateKind[] = ['lateError', 'lateSuccess', 'tick', 'reset', 'pin', 'changePolicy'];
  if (state.currentLevel === 3) return ['probeError', 'probeSuccess', ...always];
  const outcomes = RATE_KINDS.slice(0, 4);
  const canaries = RATE_KINDS.slice(6, 9);
  return isRamping(state, production, NOW_MS)
    ? [...canaries, 'error', ...always]
    : [...outcomes, ...always];
}

/** Every write to the row of a breaker: what it demands of the row, and what it makes of it. */
import {
  namesOfSlots,
  slotName,
  type BreakerOverride,
  type BreakerRow,
  type FleetSeen,
} from './breaker-row.ts';
import { seenIn, slotAt } from './breaker-verdict.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { Demand, RowWrite } from './row-write.ts';

/** What one environment has counted in a slot. */
export interface OwnCounts {
  readonly requests: number;
  readonly failures: number;
}

/** What an HALF_OPEN and an OPEN leave behind. */
const OF_A_TRY = ['taken', 'ok', 'leaseUntilMs'] as const;

/** How far clocks may be apart that write into one row, in slots. */
const SKEW_SLOTS = 1;

/** The fence of all that follows from a state: it, and its epoch, are what was read. */
function fence({ state, epoch }: BreakerRow): readonly Demand[] {
  return [
    { attribute: 'state', is: '=', value: state, orAbsent: state === 'CLOSED' },
    { attribute: 'epoch', is: '=', value: epoch, orAbsent: epoch === 0 },
  ];
}

/** Begins an epoch; what was counted in the one before goes with it. */
function begin(
  row: BreakerRow,
  rules: FleetRules,
  atMs: number,
  set: Readonly<Record<string, unknown>>,
  gone: readonly string[] = [],
): RowWrite {
  const current = slotAt(rules, atMs);
  const around = Array.from(
    { length: 2 + 2 * SKEW_SLOTS },
    (_, at) => current - 1 - SKEW_SLOTS + at,
  );
  const slots = namesOfSlots(new Set([...row.slots.keys(), ...around]));
  return {
    expect: fence(row),
    set: { epoch: row.epoch + 1, changedAtMs: atMs, ...set },
    remove: [...slots, ...gone.filter((name) => !(name in set))],
  };
}

/**
 * Adds what an environment has counted, under the epoch that it was counted in.
 *
 * @param counted By the slot's number; those that no verdict looks at any more are left out.
 * @param environment Its hash, 0 to 63.
 */
export function tell(
  row: BreakerRow,
  counted: ReadonlyMap<number, OwnCounts>,
  environment: number,
  rules: FleetRules,
  atMs: number,
): RowWrite {
  const current = slotAt(rules, atMs);
  const add: Record<string, number | ReadonlySet<number>> = {};
  const setIfAbsent: Record<string, number> = {};
  for (const [slot, { requests, failures }] of counted) {
    if (slot < current - 1) continue;
    add[slotName('R', slot)] = requests;
    if (failures === 0) continue;
    add[slotName('F', slot)] = failures;
    add[slotName('N', slot)] = new Set([environment]);
    setIfAbsent[slotName('S', slot)] = atMs;
  }
  const old = [...row.slots.keys()].filter(
    (slot) => slot < current - 1 || slot > current + SKEW_SLOTS,
  );
  return { expect: fence(row), add, setIfAbsent, remove: namesOfSlots(old) };
}

/** Opens the fleet. */
export function open(
  row: BreakerRow,
  rules: FleetRules,
  openForMs: number,
  atMs: number,
): RowWrite {
  const isTrip = row.state === 'CLOSED';
  const set = {
    state: 'OPEN',
    openUntilMs: atMs + Math.ceil(openForMs),
    openings: row.openings + 1,
    reason: isTrip ? 'failures' : 'probe',
    // The slots go with their epoch: what the window held stays to be shown.
    ...(isTrip && { openedBy: whole(seenIn(row, rules, atMs)) }),
  };
  return begin(row, rules, atMs, set, [...OF_A_TRY, 'closedAtMs', 'override']);
}

const whole = ({ requests, failures, environments }: FleetSeen): FleetSeen => ({
  requests: Math.round(requests),
  failures: Math.round(failures),
  environments,
});

/** Takes the first permit of an OPEN whose time is up: of many that try, one wins. */
export function claim(row: BreakerRow, rules: FleetRules, atMs: number): RowWrite {
  const leaseUntilMs = atMs + Math.ceil(rules.lease);
  const set = { state: 'HALF_OPEN', taken: 1, ok: 0, leaseUntilMs, reason: 'elapsed' };
  return begin(row, rules, atMs, set, ['override']);
}

/** Takes over the permits of those who never told: their results are stale from then on, what succeeded stays. */
export function takeOver(row: BreakerRow, rules: FleetRules, atMs: number): RowWrite {
  const set = { taken: 1, leaseUntilMs: atMs + Math.ceil(rules.lease), reason: 'lease' };
  const write = begin(row, rules, atMs, set);
  // A permit that was given back and taken again since has a lease of its own.
  const { leaseUntilMs: value } = row;
  const lease: Demand = { attribute: 'leaseUntilMs', is: '=', value, orAbsent: false };
  return { ...write, expect: [...write.expect, lease] };
}

/** Takes a permit that is free. */
export function takePermit(
  row: Pick<BreakerRow, 'epoch'>,
  { permitted, lease }: FleetRules,
  atMs: number,
): RowWrite {
  return {
    expect: [...trying(row.epoch), { attribute: 'taken', is: '<', value: permitted }],
    set: { leaseUntilMs: atMs + Math.ceil(lease) },
    add: { taken: 1 },
  };
}

/** Gives a permit back; a success counts. */
export function giveBack(epoch: number, isSuccess: boolean): RowWrite {
  return { expect: trying(epoch), add: { taken: -1, ...(isSuccess && { ok: 1 }) } };
}

function trying(epoch: number): readonly Demand[] {
  return [
    { attribute: 'state', is: '=', value: 'HALF_OPEN', orAbsent: false },
    { attribute: 'epoch', is: '=', value: epoch, orAbsent: false },
  ];
}

/** Closes the fleet, and begins the ramp. */
export function close(row: BreakerRow, rules: FleetRules, atMs: number): RowWrite {
  const set = { state: 'CLOSED', closedAtMs: atMs, openings: 0, reason: 'probes' };
  return begin(row, rules, atMs, set, [...OF_A_TRY, 'openUntilMs', 'openedBy']);
}

/** Holds it at a state, whatever is counted. */
export function hold(
  row: BreakerRow,
  override: BreakerOverride,
  rules: FleetRules,
  atMs: number,
): RowWrite {
  const { state, untilMs } = override;
  // When the hold of an OPEN ends, its probes begin.
  const ends = state === 'OPEN' ? { openUntilMs: untilMs ?? atMs } : { openings: 0 };
  const set = { state, override, ...ends, reason: 'override' };
  const gone = state === 'OPEN' ? OF_A_TRY : [...OF_A_TRY, 'openUntilMs'];
  return begin(row, rules, atMs, set, [...gone, 'closedAtMs', 'openedBy']);
}

/** Ends a hold: an OPEN is probed from now on, a CLOSED goes by what is counted. */
export function release(row: BreakerRow, rules: FleetRules, atMs: number): RowWrite {
  const ends = row.state === 'OPEN' ? { openUntilMs: atMs } : {};
  return begin(row, rules, atMs, { ...ends, reason: 'release' }, ['override']);
}

/** Replaces what the row overrides of the deployed rules; what was counted towards others goes. */
export function configure(
  row: BreakerRow,
  options: Readonly<Record<string, unknown>>,
  rules: FleetRules,
  atMs: number,
): RowWrite {
  const set = Object.keys(options).length === 0 ? {} : { options };
  return begin(row, rules, atMs, { ...set, reason: 'configure' }, ['options']);
}

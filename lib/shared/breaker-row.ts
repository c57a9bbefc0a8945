/** What the row of a breaker says, with every absent attribute filled in. */
import type { CircuitState } from '../breaker/state.ts';
import type { RowItem } from './row-write.ts';

/** What a fleet has counted in one slot of time. */
export interface SlotCounts {
  readonly requests: number;
  readonly failures: number;
  /** The hashes of the environments that have failed, 0 to 63. */
  readonly environments: ReadonlySet<number>;
  /** When the first failure in it was told, in epoch milliseconds. */
  readonly sinceMs: number | undefined;
}

/** What a fleet was opened by. */
export interface FleetSeen {
  readonly requests: number;
  readonly failures: number;
  /** Failing environments, at least. */
  readonly environments: number;
}

/** What an operator holds it at; until then nothing counts. */
export interface BreakerOverride {
  readonly state: 'CLOSED' | 'OPEN';
  /** In epoch milliseconds; absent: until it is released. */
  readonly untilMs?: number;
}

/** The state of a breaker that a fleet shares. */
export interface BreakerRow {
  readonly state: CircuitState;
  /** +1 at every change of state, every takeover and every control write: the fence of evidence. */
  readonly epoch: number;
  /** By the slot's number. */
  readonly slots: ReadonlyMap<number, SlotCounts>;
  /** When an OPEN may be probed, in epoch milliseconds. */
  readonly openUntilMs: number;
  /** How often it opened since it last closed. */
  readonly openings: number;
  /** What had been counted when it opened; it stays until it closes. */
  readonly openedBy: FleetSeen | undefined;
  /** The permits of HALF_OPEN that are out. */
  readonly taken: number;
  /** Probes that have succeeded since it opened. */
  readonly ok: number;
  /** When the permits that are out may be taken over, in epoch milliseconds. */
  readonly leaseUntilMs: number;
  /** When it closed, in epoch milliseconds: the ramp begins there. */
  readonly closedAtMs: number | undefined;
  /** When the epoch began, in epoch milliseconds, and why. */
  readonly changedAtMs: number | undefined;
  readonly reason: string | undefined;
  readonly override: BreakerOverride | undefined;
  /** What the row overrides of the deployed rules, not validated. */
  readonly options: unknown;
}

/** What a missing row says. */
export const CLOSED_ROW: BreakerRow = {
  state: 'CLOSED',
  epoch: 0,
  slots: new Map(),
  openUntilMs: 0,
  openings: 0,
  openedBy: undefined,
  taken: 0,
  ok: 0,
  leaseUntilMs: 0,
  closedAtMs: undefined,
  changedAtMs: undefined,
  reason: undefined,
  override: undefined,
  options: undefined,
};

const EMPTY: SlotCounts = {
  requests: 0,
  failures: 0,
  environments: new Set(),
  sinceMs: undefined,
};

/** The row has attributes that no rule can read: the environment goes on by itself. */
class BreakerRowError extends Error {
  override readonly name = 'BreakerRowError';
  readonly code = 'BREAKER_ROW_MALFORMED';
  constructor(attribute: string) {
    super(`breaker row: ${attribute} is malformed; npm run ctl -- breaker close heals it`);
  }
}

/** The partition key of a breaker; its parts cannot run into each other. */
export function breakerKeyOf(service: string, operation: string, tenant?: string): string {
  const parts = tenant === undefined ? [service, operation] : [service, operation, tenant];
  return [KEY_PREFIX, ...parts.map(encodeURIComponent)].join('#');
}

/** What every key of a breaker begins with. */
export const KEY_PREFIX = 'BREAKER';

/** The parts of a key. */
export function partsOfKey(key: string): readonly string[] {
  return key.split('#').slice(1).map(decodeURIComponent);
}

/** What an attribute of a slot holds: requests, failures, environments, since. */
export type SlotLetter = 'R' | 'F' | 'N' | 'S';

/** The name of a slot's attribute. */
export function slotName(letter: SlotLetter, slot: number): string {
  return letter + slot.toString(36);
}

/** The names of all that a row holds of some slots. */
export function namesOfSlots(slots: Iterable<number>): readonly string[] {
  return [...slots].flatMap((slot) =>
    (['R', 'F', 'N', 'S'] as const).map((letter) => slotName(letter, slot)),
  );
}

/**
 * Understands an item; undefined is a missing row.
 *
 * @throws BreakerRowError
 */
export function parseBreakerRow(item: RowItem | undefined): BreakerRow {
  if (item === undefined) return CLOSED_ROW;
  const { state = 'CLOSED', override, options, reason } = item;
  if (state !== 'CLOSED' && state !== 'OPEN' && state !== 'HALF_OPEN') {
    throw new BreakerRowError('state');
  }
  return {
    state,
    epoch: numberAt(item, 'epoch', 0),
    slots: slotsOf(item),
    openUntilMs: numberAt(item, 'openUntilMs', 0),
    openings: numberAt(item, 'openings', 0),
    openedBy: seenOf(item['openedBy']),
    taken: numberAt(item, 'taken', 0),
    ok: numberAt(item, 'ok', 0),
    leaseUntilMs: numberAt(item, 'leaseUntilMs', 0),
    closedAtMs: numberAt(item, 'closedAtMs', undefined),
    changedAtMs: numberAt(item, 'changedAtMs', undefined),
    reason: typeof reason === 'string' ? reason : undefined,
    override: override === undefined ? undefined : overrideOf(override),
    options,
  };
}

function numberAt<Absent extends number | undefined>(
  item: RowItem,
  name: string,
  absent: Absent,
): number | Absent {
  const value = item[name];
  if (value === undefined) return absent;
  // A permit too many given back is below 0, and only that.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new BreakerRowError(name);
}

/** Only shown: what cannot be understood is left out. */
function seenOf(value: unknown): FleetSeen | undefined {
  const { requests, failures, environments } = Object(value) as Readonly<Record<string, unknown>>;
  if (![requests, failures, environments].every(Number.isSafeInteger)) return undefined;
  return { requests, failures, environments } as FleetSeen;
}

function overrideOf(value: unknown): BreakerOverride {
  const { state, untilMs } = Object(value) as Readonly<Record<string, unknown>>;
  const isUntil = untilMs === undefined || Number.isSafeInteger(untilMs);
  if ((state !== 'OPEN' && state !== 'CLOSED') || !isUntil) throw new BreakerRowError('override');
  return untilMs === undefined ? { state } : { state, untilMs: untilMs as number };
}

function slotsOf(item: RowItem): ReadonlyMap<number, SlotCounts> {
  const slots = new Map<number, SlotCounts>();
  for (const [name, value] of Object.entries(item)) {
    const [, letter, digits = ''] = /^([RFNS])([0-9a-z]{1,9})$/.exec(name) ?? [];
    if (letter === undefined) continue;
    const number = Number.parseInt(digits, 36);
    slots.set(number, {
      ...(slots.get(number) ?? EMPTY),
      ...countOf(letter as SlotLetter, name, value),
    });
  }
  return slots;
}

function countOf(letter: SlotLetter, name: string, value: unknown): Partial<SlotCounts> {
  if (letter === 'N') {
    if (value instanceof Set) return { environments: value as ReadonlySet<number> };
    throw new BreakerRowError(name);
  }
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new BreakerRowError(name);
  return { [{ R: 'requests', F: 'failures', S: 'sinceMs' }[letter]]: value };
}

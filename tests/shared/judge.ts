/** Holds every write to the row of a breaker to the invariants of the protocol. */
import { parseBreakerRow, type BreakerRow } from '../../lib/shared/breaker-row.ts';
import type { FleetRules } from '../../lib/shared/fleet-rules.ts';
import type { Pass } from '../../lib/shared/fleet-parts.ts';
import type { RowItem, RowWrite } from '../../lib/shared/row-write.ts';

/** The judge of one run. */
export class Judge {
  /** The first invariant that did not hold, in words. */
  broken: string | null = null;
  /** What happened at least once: so that a test can tell that nothing passes for want of trying. */
  readonly happened = new Set<string>();
  readonly #rules: FleetRules;
  readonly #skewMs: number;
  /** Calls that ended, by the epoch they began in, and what was counted of them. */
  readonly #ended = new Map<number, { requests: number; failures: number }>();
  readonly #counted = new Map<number, { requests: number; failures: number }>();

  constructor(rules: FleetRules, skewMs: number) {
    this.#rules = rules;
    this.#skewMs = skewMs;
  }

  /** A call has ended that the fleet let through. */
  ended({ epoch, isProbe }: Pass, isFailure: boolean): void {
    if (epoch !== null && !isProbe) addTo(this.#ended, epoch, 1, isFailure ? 1 : 0);
  }

  applied(before: RowItem | undefined, write: RowWrite, after: RowItem | null, atMs: number): void {
    const fence = write.expect.find(({ attribute }) => attribute === 'epoch');
    this.#demand('every write is under the fence of an epoch', fence !== undefined);
    if (after === null) {
      this.happened.add('refused');
      return;
    }
    const [from, to] = [parseBreakerRow(before), parseBreakerRow(after)];
    this.#demand('no write of a stale epoch is applied', fence?.value === from.epoch);
    this.#count(from, to, write);
    if (to.epoch === from.epoch) this.#sameEpoch(from, to);
    else this.#newEpoch(from, to);
    this.#exits(to, atMs);
    this.#demand('no more permits are out than there are', to.taken <= this.#rules.permitted);
  }

  #sameEpoch(from: BreakerRow, to: BreakerRow): void {
    this.#demand('a state is left by a new epoch', from.state === to.state);
    this.happened.add(from.state === 'CLOSED' ? 'told' : 'permit');
  }

  #newEpoch(from: BreakerRow, to: BreakerRow): void {
    this.#demand('an epoch is followed by the next', to.epoch === from.epoch + 1);
    this.#demand('what was counted goes with its epoch', to.slots.size === 0);
    const move = `${from.state} -> ${to.state}`;
    this.happened.add(to.reason === 'lease' ? 'taken over' : move);
    if (to.reason === 'override' || to.reason === 'release') return;
    if (to.state === 'CLOSED' && from.state !== 'CLOSED') {
      const isProven = from.state === 'HALF_OPEN' && from.ok >= this.#rules.successesToClose;
      this.#demand('only probes close', isProven);
    }
    if (move === 'CLOSED -> OPEN') {
      const slots = [...from.slots.values()];
      const failing = new Set(slots.flatMap(({ environments }) => [...environments]));
      const sum = (count: (slot: (typeof slots)[number]) => number) =>
        slots.reduce((total, slot) => total + count(slot), 0);
      const requests = sum((slot) => slot.requests);
      this.#demand('a fleet opens by a quorum', failing.size >= this.#rules.quorum);
      this.#demand('a fleet opens by enough requests', requests >= this.#rules.minimumRequests);
      this.#demand('a fleet opens by failures', sum((slot) => slot.failures) > 0);
    }
  }

  /** Every state has an end by time. */
  #exits({ state, openUntilMs, leaseUntilMs, taken, override }: BreakerRow, atMs: number): void {
    const { resetTimeout, lease, permitted } = this.#rules;
    const slack = 2 * this.#skewMs + 2;
    if (state === 'OPEN' && override === undefined) {
      this.#demand('OPEN ends', openUntilMs <= atMs + resetTimeout + slack);
    }
    if (state === 'HALF_OPEN' && taken >= permitted) {
      this.#demand('HALF_OPEN ends', leaseUntilMs <= atMs + lease + slack);
    }
  }

  /** By what the row has more of, whatever the write said. */
  #count(from: BreakerRow, to: BreakerRow, { add = {} }: RowWrite): void {
    const told = Object.keys(add).filter((name) => /^R[0-9a-z]+$/.test(name));
    for (const slot of told.map((name) => Number.parseInt(name.slice(1), 36))) {
      const [before, after] = [from.slots.get(slot), to.slots.get(slot)];
      const requests = (after?.requests ?? 0) - (before?.requests ?? 0);
      const failures = (after?.failures ?? 0) - (before?.failures ?? 0);
      addTo(this.#counted, from.epoch, requests, failures);
    }
    const counted = this.#counted.get(from.epoch);
    const ended = this.#ended.get(from.epoch);
    if (counted === undefined) return;
    const isOnce =
      counted.requests <= (ended?.requests ?? 0) && counted.failures <= (ended?.failures ?? 0);
    this.#demand('no call is counted twice', isOnce);
  }

  #demand(invariant: string, holds: boolean): void {
    if (!holds) this.broken ??= `violated: ${invariant}`;
  }
}

function addTo(
  map: Map<number, { requests: number; failures: number }>,
  epoch: number,
  requests: number,
  failures: number,
): void {
  const before = map.get(epoch) ?? { requests: 0, failures: 0 };
  map.set(epoch, {
    requests: before.requests + requests,
    failures: before.failures + failures,
  });
}

/** What this environment has counted of the fleet's window and not told yet. */
import { slotAt } from './breaker-verdict.ts';
import type { OwnCounts } from './breaker-writes.ts';
import type { FleetRules } from './fleet-rules.ts';

/** Counts in place, two slots at most, so that calls allocate next to nothing. */
export class OwnEvidence {
  #slots = new Map<number, OwnCounts>();

  /** Counts a call that has ended at atMs (epoch milliseconds). */
  add(rules: FleetRules, failed: boolean, atMs: number): void {
    const slot = slotAt(rules, atMs);
    const { requests = 0, failures = 0 } = this.#slots.get(slot) ?? {};
    if (requests === 0) this.#forgetBefore(slot - 1);
    this.#slots.set(slot, { requests: requests + 1, failures: failures + (failed ? 1 : 0) });
  }

  /** Whether there is something to tell: a failure, or anything while others have failed. */
  hasNews(isSuspicious: boolean): boolean {
    if (isSuspicious) return this.#slots.size > 0;
    for (const { failures } of this.#slots.values()) if (failures > 0) return true;
    return false;
  }

  /** Hands it over: whoever takes it tells it once. */
  take(): ReadonlyMap<number, OwnCounts> {
    const taken = this.#slots;
    this.#slots = new Map();
    return taken;
  }

  /** Takes back what was surely not told. */
  putBack(counts: ReadonlyMap<number, OwnCounts>): void {
    for (const [slot, { requests, failures }] of counts) {
      const own = this.#slots.get(slot) ?? { requests: 0, failures: 0 };
      this.#slots.set(slot, {
        requests: own.requests + requests,
        failures: own.failures + failures,
      });
    }
  }

  /** What was counted in another epoch says nothing of this one. */
  forget(): void {
    this.#slots = new Map();
  }

  #forgetBefore(oldest: number): void {
    for (const slot of this.#slots.keys())
      if (slot < oldest || slot > oldest + 2) this.#slots.delete(slot);
  }
}

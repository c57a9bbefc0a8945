/** A slow model of the breaker: it keeps every call and counts again each time it is asked. */

export interface ModelRules {
  readonly trip: 'rate' | 'consecutive' | 'count';
  readonly failureThreshold: number;
  readonly minimumRequests: number;
  readonly windowMs: number;
  readonly buckets: number;
  readonly size: number;
  readonly resetMs: number;
  readonly permitted: number;
  readonly successesToClose: number;
  readonly failuresToOpen: number;
  readonly maxWaitMs: number;
}

interface Call {
  readonly startedMs: number;
  /** How many changes of state there had been when it began. */
  readonly era: number;
  /** Whether another call has taken its permit. */
  lost: boolean;
}

/** The rules of the issue, sentence by sentence, with no thought of speed. */
export class Model {
  readonly #rules: ModelRules;
  state: 'CLOSED' | 'OPEN' | 'HALF_OPEN' = 'CLOSED';
  #era = 0;
  #sinceMs = 0;
  #history: { readonly atMs: number; readonly failed: boolean }[] = [];
  #inFlight = new Map<number, Call>();
  #probeSuccesses = 0;
  #probeFailures = 0;
  /** What was seen when it opened; the stats show it until it closes. */
  #tripped = { requests: 0, failures: 0 };

  constructor(rules: ModelRules) {
    this.#rules = rules;
  }

  look(nowMs: number): void {
    if (this.state === 'OPEN' && nowMs - this.#sinceMs >= this.#rules.resetMs) {
      this.#change('HALF_OPEN', nowMs);
    }
  }

  /** @returns Whether the call passes. */
  begin(id: number, nowMs: number): boolean {
    this.look(nowMs);
    if (this.state === 'OPEN') return false;
    if (this.state === 'HALF_OPEN') {
      const holding = [...this.#inFlight.values()].filter((call) => this.#holdsPermit(call));
      if (holding.length >= this.#rules.permitted) {
        const [oldest] = holding.toSorted((one, other) => one.startedMs - other.startedMs);
        if (oldest === undefined || nowMs - oldest.startedMs < this.#rules.maxWaitMs) return false;
        oldest.lost = true;
      }
    }
    this.#inFlight.set(id, { startedMs: nowMs, era: this.#era, lost: false });
    return true;
  }

  end(id: number, how: 'success' | 'failure' | 'filtered', nowMs: number): void {
    const call = this.#inFlight.get(id);
    this.#inFlight.delete(id);
    if (call === undefined || call.era !== this.#era || how === 'filtered') return;
    const failed = how === 'failure';
    if (this.state === 'CLOSED') {
      this.#history.push({ atMs: nowMs, failed });
      if (failed && this.#trips(nowMs)) this.#change('OPEN', nowMs);
    } else if (this.state === 'HALF_OPEN' && this.#holdsPermit(call)) {
      if (failed) this.#probeFailures += 1;
      else this.#probeSuccesses += 1;
      if (this.#probeFailures >= this.#rules.failuresToOpen) this.#change('OPEN', nowMs);
      else if (this.#probeSuccesses >= this.#rules.successesToClose) this.#change('CLOSED', nowMs);
    }
  }

  window(nowMs: number): { requests: number; failures: number } {
    const { trip, size, windowMs, buckets } = this.#rules;
    if (this.state !== 'CLOSED') return this.#tripped;
    const bucketMs = windowMs / buckets;
    const current = Math.floor(nowMs / bucketMs);
    const inside =
      trip === 'count'
        ? this.#history.slice(-size)
        : this.#history.filter(({ atMs }) => current - Math.floor(atMs / bucketMs) < buckets);
    return { requests: inside.length, failures: inside.filter(({ failed }) => failed).length };
  }

  #trips(nowMs: number): boolean {
    const { trip, minimumRequests, failureThreshold } = this.#rules;
    if (trip === 'consecutive') {
      const lastSuccess = this.#history.findLastIndex(({ failed }) => !failed);
      const run = this.#history.length - 1 - lastSuccess;
      return this.#history.length >= minimumRequests && run >= failureThreshold;
    }
    const { requests, failures } = this.window(nowMs);
    return requests >= minimumRequests && failures / requests >= failureThreshold;
  }

  #holdsPermit(call: Call): boolean {
    return call.era === this.#era && !call.lost;
  }

  #change(to: Model['state'], nowMs: number): void {
    if (to === 'OPEN') {
      const failures = this.#probeFailures;
      this.#tripped =
        this.state === 'CLOSED'
          ? this.window(nowMs)
          : { requests: failures + this.#probeSuccesses, failures };
    }
    this.state = to;
    this.#era += 1;
    this.#sinceMs = nowMs;
    this.#history = [];
    this.#probeSuccesses = 0;
    this.#probeFailures = 0;
  }
}

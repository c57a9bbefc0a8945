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
  readonly maxWaitMs: number;
}

interface Call {
  readonly startedMs: number;
  /** How many changes of state there had been when it began. */
  readonly era: number;
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
      const holding = [...this.#inFlight.values()].filter((call) => this.#holdsPermit(call, nowMs));
      if (holding.length >= this.#rules.permitted) return false;
    }
    this.#inFlight.set(id, { startedMs: nowMs, era: this.#era });
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
    } else if (this.state === 'HALF_OPEN' && this.#holdsPermit(call, nowMs)) {
      if (failed) return this.#change('OPEN', nowMs);
      this.#probeSuccesses += 1;
      if (this.#probeSuccesses >= this.#rules.successesToClose) this.#change('CLOSED', nowMs);
    }
  }

  window(nowMs: number): { requests: number; failures: number } {
    const { trip, size, windowMs, buckets } = this.#rules;
    if (this.state !== 'CLOSED') return { requests: 0, failures: 0 };
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

  #holdsPermit(call: Call, nowMs: number): boolean {
    return call.era === this.#era && nowMs - call.startedMs < this.#rules.maxWaitMs;
  }

  #change(to: Model['state'], nowMs: number): void {
    this.state = to;
    this.#era += 1;
    this.#sinceMs = nowMs;
    this.#history = [];
    this.#probeSuccesses = 0;
  }
}

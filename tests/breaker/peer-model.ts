/** One model of a breaker for one call after another, and the ways in which the peers differ from it. */

/** Each is one way in which a peer decides otherwise than this library. */
export const QUIRKS = {
  'strictly above': 'opens above the threshold; this library opens at it',
  'requests count when they begin': 'so running and filtered calls lower the failure rate',
  'refusals are requests': 'so an outage that refuses many calls lowers the failure rate after it',
  'counts survive opening': 'the next closed time is judged with the counts of the last one',
  'counts survive closing': 'the failures that opened may open again after the first new one',
  'probes are counted': 'the probe that closes is the first call of the new window',
  'filtered probes close': 'an error that says nothing about health ends the outage',
  'late results count': 'a call that began before a change of state is counted after it',
  'late results decide half-open': 'a call that began before the outage ends or prolongs it',
  'half-open by timer': 'the state changes although nobody calls',
  'buckets move one at a time': 'after a pause old failures stay in the window',
} as const;

export type Quirk = keyof typeof QUIRKS;

export interface TraceRules {
  readonly trip: 'rate' | 'consecutive' | 'count';
  readonly threshold: number;
  readonly minimum: number;
  readonly windowMs: number;
  readonly buckets: number;
  readonly size: number;
  readonly resetMs: number;
}

export type Ending = 'success' | 'failure' | 'filtered';

interface Entry {
  readonly atMs: number;
  readonly failures: number;
  readonly requests: number;
}

/** Calls pass one after another; only a call that began while closed may end later. */
export class TraceModel {
  nowMs = 0;
  state: 'CLOSED' | 'OPEN' | 'HALF_OPEN' = 'CLOSED';
  generation = 0;
  readonly #rules: TraceRules;
  readonly #quirks: ReadonlySet<Quirk>;
  #sinceMs = 0;
  #run = 0;
  #entries: Entry[] = [];
  /** When the bucket of each entry began, for buckets that move one at a time. */
  #begins: number[];

  constructor(rules: TraceRules, quirks: readonly Quirk[]) {
    this.#rules = rules;
    this.#quirks = new Set(quirks);
    this.#begins = [0];
  }

  begin(): boolean {
    this.#look();
    const passes = this.state !== 'OPEN';
    if (this.#has(passes ? 'requests count when they begin' : 'refusals are requests')) {
      this.#add({ atMs: this.nowMs, failures: 0, requests: 1 });
    }
    return passes;
  }

  end(how: Ending, generation: number): void {
    if (this.#has('half-open by timer')) this.#look();
    const late = generation !== this.generation;
    if (late && !this.#has('late results count')) return;
    if (how === 'filtered') {
      if (!late && this.state === 'HALF_OPEN' && this.#has('filtered probes close')) {
        this.#closeByProbe();
      }
    } else if (
      this.state === 'HALF_OPEN' &&
      (!late || this.#has('late results decide half-open'))
    ) {
      if (how === 'success') return this.#closeByProbe();
      if (this.#has('probes are counted')) this.#count(true);
      this.#open();
    } else {
      this.#count(how === 'failure');
      if (how === 'failure' && this.state !== 'OPEN' && this.#trips()) this.#open();
    }
  }

  #look(): void {
    if (this.state !== 'OPEN' || this.nowMs - this.#sinceMs < this.#rules.resetMs) return;
    this.state = 'HALF_OPEN';
    this.generation += 1;
  }

  #open(): void {
    this.state = 'OPEN';
    this.#sinceMs = this.nowMs;
    this.generation += 1;
    if (!this.#has('counts survive opening')) this.#clear();
  }

  #closeByProbe(): void {
    this.state = 'CLOSED';
    this.generation += 1;
    if (!this.#has('counts survive closing')) this.#clear();
    if (this.#has('probes are counted')) this.#count(false);
  }

  #clear(): void {
    this.#entries = [];
    this.#run = 0;
    // A cleared window's buckets begin at time 0 again, so the next call moves to a new one.
    this.#begins = [0];
  }

  #count(failed: boolean): void {
    this.#run = failed ? this.#run + 1 : 0;
    const requests = this.#has('requests count when they begin') ? 0 : 1;
    this.#add({ atMs: this.nowMs, failures: failed ? 1 : 0, requests });
  }

  #add(entry: Entry): void {
    const last = this.#begins.at(-1) ?? 0;
    if (entry.atMs - last >= this.#rules.windowMs / this.#rules.buckets) {
      this.#begins.push(entry.atMs);
    }
    this.#entries.push(entry);
  }

  #window(): readonly Entry[] {
    const { trip, windowMs, buckets, size } = this.#rules;
    if (trip === 'count') return this.#entries.slice(-size);
    if (this.#has('buckets move one at a time')) {
      const oldest = this.#begins.at(-buckets) ?? Number.NEGATIVE_INFINITY;
      return this.#entries.filter(({ atMs }) => atMs >= oldest);
    }
    const bucket = (atMs: number) => Math.floor(atMs / (windowMs / buckets));
    return this.#entries.filter(({ atMs }) => bucket(this.nowMs) - bucket(atMs) < buckets);
  }

  #trips(): boolean {
    const { trip, threshold, minimum } = this.#rules;
    if (trip === 'consecutive') return this.#run >= threshold;
    const window = this.#window();
    const requests = window.reduce((sum, entry) => sum + entry.requests, 0);
    const failures = window.reduce((sum, entry) => sum + entry.failures, 0);
    if (requests < minimum) return false;
    const rate = failures / requests;
    return this.#has('strictly above') ? rate > threshold : rate >= threshold;
  }

  #has(quirk: Quirk): boolean {
    return this.#quirks.has(quirk);
  }
}

/** A model of `production`: it keeps every outcome with its time, and looks at all of them at each step. */
import type { Policy } from '../../lib/level/policy.ts';

/** What a request or a tick shows: whether each face is well, and how the dice fall. */
export interface Shown {
  readonly fullOk: boolean;
  readonly degradedOk: boolean;
  /** How long the face takes, in milliseconds. */
  readonly tookMs: number;
  readonly safe: boolean;
  /** Whether the dice choose the full face at level 2, whatever its share. */
  readonly chosen: boolean;
}

interface Seen {
  readonly atMs: number;
  readonly ok: boolean;
}

/** What the model says of a row. */
export interface Expected {
  readonly level: number;
  readonly epoch: number;
  readonly reason: string | null;
  /** The step of the ramp at level 2. */
  readonly step: number | undefined;
  readonly quietUntilMs: number | undefined;
  readonly nextProbeAtMs: number | undefined;
}

const SLOT_MS = 1_000;
const WINDOW_SLOTS = 10;

const errorsOf = (seen: readonly Seen[]) => seen.filter(({ ok }) => !ok).length;

/** How many of the last ones, in a row, were errors. */
const runOf = (seen: readonly Seen[]) => {
  const last = seen.findLastIndex(({ ok }) => ok);
  return seen.length - 1 - last;
};

/** One scope under one policy. The rules keep sums in attributes, and are told what the row held; this does neither. */
export class Model {
  readonly #policy: Policy;
  #level = 1;
  #epoch = 0;
  #reason: string | null = null;
  /** Counted outcomes of the level, the first error of the watch as well. */
  #log: Seen[] = [];
  /** That first one is no part of a rate. */
  #first: Seen | null = null;
  #watch: { readonly sinceMs: number; untilMs: number; cautionMs: number } | null = null;
  #meanMs: number | undefined;
  #quietUntilMs: number | undefined;
  #dwellMs: number | undefined;
  #climbedAtMs = -Infinity;
  #retries = 0;
  #step = 0;
  #stepSinceMs = 0;
  #triedAtMs = 0;
  #canaries: Seen[] = [];
  #probes: boolean[] = [];
  /** What is ordinary, and what is not part of it yet. */
  readonly #usual: { errors: number; requests: number };
  #untaught: Seen[] = [];
  #nextProbeAtMs: number | undefined;

  /** @param usual Errors and requests that were learned before, under a policy that learns. */
  constructor(policy: Policy, usual = { errors: 0, requests: 0 }) {
    this.#policy = policy;
    this.#usual = { ...usual };
  }

  get expected(): Expected {
    return {
      level: this.#level,
      epoch: this.#epoch,
      reason: this.#reason,
      step: this.#level === 2 ? this.#step : undefined,
      quietUntilMs: this.#quietUntilMs,
      nextProbeAtMs: this.#nextProbeAtMs,
    };
  }

  /** A request that is read at a time. */
  request(shown: Shown, readMs: number): void {
    const atMs = readMs + shown.tookMs;
    if (this.#level === 3) this.#tryDegraded(shown, readMs);
    else if (this.#level === 2 && this.#isTried(shown, readMs)) this.#canary(shown.fullOk, atMs);
    else
      this.#count(
        { atMs, ok: this.#level === 1 ? shown.fullOk : shown.degradedOk },
        readMs,
        shown.tookMs,
      );
  }

  /** A tick, which has a probe of the full face as well. */
  tick(shown: Shown, readMs: number): void {
    if (this.#level === 3) this.#tryDegraded(shown, readMs);
    else if (this.#isRamping(readMs)) this.#canary(shown.fullOk, readMs + shown.tookMs);
    this.#judge(readMs + shown.tookMs);
  }

  #isTried({ safe, chosen }: Shown, readMs: number): boolean {
    const isDue = safe && readMs >= this.#triedAtMs + this.#policy.canaryIntervalMs;
    return this.#isRamping(readMs) && (chosen || isDue);
  }

  #isRamping(atMs: number): boolean {
    return this.#level === 2 && atMs >= (this.#quietUntilMs ?? 0);
  }

  #count(seen: Seen, readMs: number, tookMs: number): void {
    const { windowMs, settleMs } = this.#policy;
    const isWatched = (this.#watch?.untilMs ?? 0) > readMs || this.#run > 0;
    if (!isWatched && seen.ok) return;
    this.#learn(readMs);
    if (isWatched && this.#level === 1) this.#untaught.push(seen);
    if (!isWatched || this.#watch === null) {
      const cautionMs = seen.atMs + settleMs + 2 * (this.#meanMs ?? 0);
      this.#watch = { sinceMs: seen.atMs, untilMs: seen.atMs + 2 * windowMs, cautionMs };
      this.#first = seen;
    } else if (!seen.ok) {
      this.#watch.untilMs = seen.atMs + 2 * windowMs;
    } else {
      if (this.#meanMs === undefined) {
        this.#watch.cautionMs = this.#watch.sinceMs + settleMs + 2 * tookMs;
      }
      const before = this.#meanMs ?? tookMs;
      this.#meanMs = Math.round(before + (tookMs - before) / 8);
    }
    this.#log.push(seen);
    this.#judge(seen.atMs);
  }

  /** A second is learned once two more have passed. */
  #learn(readMs: number): void {
    const complete = Math.floor(readMs / SLOT_MS) - 3;
    const isTaught = ({ atMs }: Seen) => Math.floor(atMs / SLOT_MS) <= complete;
    const taught = this.#untaught.filter(isTaught);
    this.#untaught = this.#untaught.filter((seen) => !isTaught(seen));
    this.#usual.errors += errorsOf(taught);
    this.#usual.requests += taught.length;
  }

  /** The share that level 1 falls from by what is ordinary; null where only the fixed one holds. */
  get #unusual(): number | null {
    const { deviationPercent, degradePercent } = this.#policy;
    const { errors, requests } = this.#usual;
    if (deviationPercent === 0 || requests < 2_000) return null;
    const percent = Math.max(deviationPercent, (300 * errors) / requests);
    return percent < degradePercent ? percent / 100 : null;
  }

  #isUnusual(last: readonly Seen[]): boolean {
    const { errors, requests } = this.#usual;
    const share = errors / requests;
    const variance = share * (1 - share) * last.length * (1 + last.length / requests);
    return errorsOf(last) >= share * last.length + 6 * Math.sqrt(variance);
  }

  get #run(): number {
    return runOf(this.#log);
  }

  #canary(ok: boolean, atMs: number): void {
    this.#canaries.push({ ok, atMs });
    this.#triedAtMs = atMs;
    this.#judge(atMs);
  }

  #tryDegraded({ degradedOk, tookMs }: Shown, readMs: number): void {
    if (readMs < (this.#nextProbeAtMs ?? 0)) return;
    const { probeIntervalMs, maxProbeIntervalMs } = this.#policy;
    this.#probes.push(degradedOk);
    const failed = this.#probes.length - 1 - this.#probes.lastIndexOf(true);
    const waitMs = Math.min(probeIntervalMs * 2 ** failed, maxProbeIntervalMs);
    this.#nextProbeAtMs = readMs + tookMs + waitMs;
    this.#judge(readMs + tookMs);
  }

  #judge(atMs: number): void {
    const reason = this.#level === 3 ? null : this.#fallOf(atMs);
    if (reason !== null) this.#move(this.#level + 1, reason, atMs);
    else if (this.#level === 3) this.#leaveMaintenance(atMs);
    else if (this.#isRamping(atMs)) this.#judgeStep(atMs);
  }

  #leaveMaintenance(atMs: number): void {
    const well = this.#probes.length - 1 - this.#probes.lastIndexOf(false);
    const isQuiet = atMs < (this.#quietUntilMs ?? 0);
    if (well >= this.#policy.probesToDegraded && !isQuiet) this.#move(2, 'probes', atMs);
  }

  #fallOf(atMs: number): string | null {
    const { settleMs, minimumRequests, minimumErrors, consecutiveErrors } = this.#policy;
    const percent =
      this.#level === 1 ? this.#policy.degradePercent : this.#policy.maintenancePercent;
    const okMs = this.#meanMs ?? 0;
    const sinceMs = this.#watch?.sinceMs ?? 0;
    const settled = Math.max(sinceMs + settleMs + 2 * okMs, (this.#watch?.cautionMs ?? 0) + okMs);
    if (atMs < settled) return null;
    const slot = Math.floor(atMs / SLOT_MS);
    const lastSlots = (slots: number) =>
      this.#log.filter(
        (seen) => seen !== this.#first && Math.floor(seen.atMs / SLOT_MS) > slot - slots,
      );
    const window = lastSlots(WINDOW_SLOTS);
    if (window.length < minimumRequests) {
      return this.#run >= consecutiveErrors ? 'consecutive-errors' : null;
    }
    const share = percent / 100;
    const errors = errorsOf(window);
    if (errors >= minimumErrors && errors / window.length >= share) return 'error-rate';
    for (let slots = 1; slots <= WINDOW_SLOTS; slots += 1) {
      const last = lastSlots(slots);
      const likely = share * last.length + 3 * Math.sqrt(last.length * share * (1 - share));
      if (errorsOf(last) >= 7 && errorsOf(last) >= likely) return 'error-rate';
    }
    const unusual = this.#level === 1 ? this.#unusual : null;
    if (unusual === null) return null;
    const isMany = errors >= minimumErrors && errors >= unusual * window.length;
    const parts = Array.from({ length: WINDOW_SLOTS }, (_, index) => lastSlots(index + 1));
    const isEarly = parts.some((last) => {
      const least = Math.max(
        7,
        unusual * last.length + 3 * Math.sqrt(last.length * unusual * (1 - unusual)),
      );
      return errorsOf(last) >= least && this.#isUnusual(last);
    });
    return isEarly || (isMany && this.#isUnusual(window)) ? 'error-deviation' : null;
  }

  #judgeStep(atMs: number): void {
    const { rampStepMs, rampStepRequests, ramp, dwellMs, maxDwellMs } = this.#policy;
    const [tried, errors] = [this.#canaries.length, errorsOf(this.#canaries)];
    const ageMs = atMs - this.#stepSinceMs;
    const fallsFrom = this.#unusual ?? this.#policy.degradePercent / 100;
    const isGood = 8 * errors <= tried && (errors <= 1 || 2 * errors <= fallsFrom * tried);
    const isBad = errors >= 3 && 4 * errors >= tried;
    if (isBad || runOf(this.#canaries) >= 10 || (ageMs >= 6 * rampStepMs && !isGood)) {
      const longer = Math.min(2 * (this.#dwellMs ?? dwellMs), maxDwellMs);
      const pauseMs =
        this.#step === 0 ? Math.min(dwellMs * 2 ** this.#retries, 4 * dwellMs) : longer;
      if (this.#step === 0) this.#retries += 1;
      else this.#dwellMs = longer;
      this.#quietUntilMs = atMs + pauseMs;
      this.#beginStep(0, atMs + pauseMs);
      return;
    }
    const isEnough = ageMs >= rampStepMs && tried >= rampStepRequests;
    const isSlow = ageMs >= 3 * rampStepMs && tried >= 3 && errors === 0;
    if (!isGood || !(isEnough || isSlow)) return;
    this.#retries = 0;
    if (this.#step + 1 < ramp.length) this.#beginStep(this.#step + 1, atMs);
    else this.#move(1, 'ramp', atMs);
  }

  #beginStep(step: number, atMs: number): void {
    this.#step = step;
    this.#stepSinceMs = atMs;
    this.#triedAtMs = atMs;
    this.#canaries = [];
  }

  #move(to: number, reason: string, atMs: number): void {
    const { dwellMs, maxDwellMs, flapWindowMs, windowMs, probeIntervalMs } = this.#policy;
    const fromFull = this.#level === 1;
    if (fromFull) {
      const isFlapping = atMs - this.#climbedAtMs < flapWindowMs;
      const longer = Math.min(2 * (this.#dwellMs ?? dwellMs), maxDwellMs);
      this.#dwellMs = isFlapping ? longer : dwellMs;
    }
    if (to === 1) this.#climbedAtMs = atMs;
    const begins = to === 1 ? undefined : atMs + (this.#dwellMs ?? dwellMs);
    [this.#level, this.#epoch, this.#reason] = [to, this.#epoch + 1, reason];
    [this.#log, this.#first, this.#probes, this.#retries] = [[], null, [], 0];
    this.#untaught = [];
    this.#watch = fromFull ? { sinceMs: atMs, untilMs: atMs + 2 * windowMs, cautionMs: 0 } : null;
    this.#quietUntilMs = begins;
    this.#nextProbeAtMs = to === 3 ? atMs + probeIntervalMs : undefined;
    if (to === 2) this.#beginStep(0, begins ?? atMs);
  }
}

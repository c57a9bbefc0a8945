/** Drives one scope by its rules and its write protocol, request by request, on a clock of its own. */
import { claimProbe } from '../../lib/level/claim.ts';
import { directivesOf } from '../../lib/level/directives.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Policy } from '../../lib/level/policy.ts';
import { isRecorded, planOf, type Plan } from '../../lib/level/route.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { dueProbe } from '../../lib/store/due-probe.ts';
import {
  historyKeyOf,
  stateKeyOf,
  type Item,
  type LevelStore,
} from '../../lib/store/level-store.ts';
import { heal, recordOutcome, type Protocol } from '../../lib/store/record-outcome.ts';
import { stateOf } from '../../lib/store/row.ts';
import { SimulatedStore } from '../store/simulated-store.ts';
import type { Shown } from './model.ts';

/** When a drive begins. */
export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const SCOPE = 'default';
const KEY = stateKeyOf(SCOPE);
const [CHOSEN, NOT_CHOSEN] = ['00000000', 'ffffffff'];
const CANARY = { face: 'full', canary: true } as const;

/** One scope whose every outcome is drawn, with what was written of it. */
export class Drive implements LevelStore {
  nowMs = START_MS;
  /** Writes to the row, refused ones included. */
  readonly writes: ConditionalWrite[] = [];
  /** When the degraded face was probed. */
  readonly probes: number[] = [];
  readonly #store = new SimulatedStore();
  readonly #policy: Policy;
  readonly #protocol: Protocol;

  /** @param row What the row holds; absent: there is none. */
  constructor(policy: Policy, row?: Item) {
    this.#policy = policy;
    this.#protocol = { store: this, policyOf: () => policy };
    if (row !== undefined) this.#store.put(KEY, row);
  }

  read(key: string): Promise<Item | undefined> {
    return this.#store.read(key);
  }

  write(key: string, write: ConditionalWrite): Promise<Item | null> {
    if (key !== historyKeyOf(SCOPE)) this.writes.push(write);
    return this.#store.write(key, write);
  }

  async item(): Promise<Item> {
    return (await this.read(KEY)) ?? {};
  }

  async state(): Promise<LevelState> {
    return stateOf(KEY, await this.read(KEY));
  }

  /** One request; the clock is at its end then. */
  async request(shown: Shown): Promise<void> {
    const seen = await this.state();
    const deployed = directivesOf(this.#policy);
    // The share by which claims of a probe are thinned takes this one.
    const isOut = seen.currentLevel === 2 && !shown.chosen;
    const draw = () => (isOut ? NOT_CHOSEN : CHOSEN);
    const asked = { safe: shown.safe, bypass: false };
    const plan = planOf(seen, deployed, asked, this.nowMs, draw);
    if (plan.face === 'maintenance') {
      if (plan.probe === 'claim' && (await this.#claim(seen))) await this.#probe(seen, shown);
      return;
    }
    const ok = plan.face === 'full' ? shown.fullOk : shown.degradedOk;
    const result = ok ? 'success' : 'error';
    const isDue = isRecorded(seen, deployed, plan, result, this.nowMs, () => CHOSEN);
    if (isDue) await this.#record(seen, plan, ok, shown.tookMs);
  }

  /** One tick, with a probe of the full face where its time has come. */
  async tick(shown: Shown, hasFullProbe = true): Promise<void> {
    const seen = await this.state();
    const due = await dueProbe(this.#protocol, SCOPE, this.nowMs);
    const beginsMs = this.nowMs;
    if (due === 'degraded') await this.#probe(seen, shown);
    if (due === 'full' && hasFullProbe)
      await this.#record(seen, CANARY, shown.fullOk, shown.tookMs);
    this.nowMs = beginsMs + shown.tookMs;
    await heal(this.#protocol, SCOPE, this.nowMs);
  }

  async #claim(seen: LevelState): Promise<boolean> {
    const { probeIntervalMs = this.#policy.probeIntervalMs } = seen;
    return (await this.write(KEY, claimProbe(seen, probeIntervalMs, this.nowMs))) !== null;
  }

  async #probe(seen: LevelState, { degradedOk, tookMs }: Shown): Promise<void> {
    this.probes.push(this.nowMs);
    await this.#record(seen, { face: 'degraded', canary: false }, degradedOk, tookMs);
  }

  async #record(
    seen: LevelState,
    { canary }: Pick<Plan, 'canary' | 'face'>,
    ok: boolean,
    tookMs: number,
  ): Promise<void> {
    const outcome = {
      readLevel: seen.currentLevel,
      epoch: seen.epoch,
      servedLevel: canary ? 1 : seen.currentLevel,
      result: ok ? 'success' : 'error',
      durationMs: tookMs,
    } as const;
    const readAtMs = this.nowMs;
    this.nowMs += tookMs;
    await recordOutcome(this.#protocol, SCOPE, {
      outcome,
      seen,
      readAtMs,
      atMs: this.nowMs,
      random: 0,
    });
  }
}

/** What the system makes of a request and of a tick, in virtual time: the workflow's plan, the protocol's writes. */
import { claimProbe } from '../level/claim.ts';
import { directivesOf, type DeployedDirectives } from '../level/directives.ts';
import type { Policy } from '../level/policy.ts';
import type { Plan } from '../level/route.ts';
import type { LevelState } from '../level/state.ts';
import { dueProbe, type DueProbe } from '../store/due-probe.ts';
import { StoreThrottledError } from '../store/errors.ts';
import { stateKeyOf } from '../store/level-store.ts';
import { heal, type Protocol } from '../store/record-outcome.ts';
import {
  recordRead,
  tellingAfter,
  tellReplicas,
  type RecordedRead,
  type ReplicasOf,
} from '../store/replicas.ts';
import type { Chance } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { VirtualTable } from './virtual-table.ts';
import { resultOf, type Served, type Way } from './ways.ts';
import type { SimulatedFace, World } from './world.ts';

/** How the parts of the system take their time, in milliseconds. */
export interface Delays {
  /** How old a read may be. */
  readonly staleMs: number;
  /** From the read of the row to the call of a face, and from its end to the write. */
  readonly stepMs: number;
}

/** What a fleet is made of. */
export interface FleetParts {
  readonly policy: Policy;
  readonly world: World;
  readonly scope: string;
  readonly time: Timeline;
  readonly table: VirtualTable;
  readonly chance: Chance;
  readonly delays: Delays;
}

const TICK_MS = 60_000;

/** The longest wait before the workflow tells a throttled mutator once more, in milliseconds. */
const RETRY_MS = 1_000;

const PLAIN = { exercise: false, bypass: false } as const;
const PROBE: Plan = { ...PLAIN, face: 'maintenance', canary: false, probe: 'claim' };
const CANARY: Plan = { ...PLAIN, face: 'full', canary: true, probe: 'none' };

/** How a request read the level. */
interface Read {
  readonly readAtMs: number;
  readonly isOfReplica?: boolean | undefined;
}

/** Everything between the clients and the row. */
export class Fleet {
  readonly deployed: DeployedDirectives;
  /** When the degraded face was probed, in milliseconds from the start. */
  readonly probes: number[] = [];
  mutations = 0;
  ticks = 0;
  readonly #parts: FleetParts;
  readonly #protocol: Protocol;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.deployed = directivesOf(parts.policy);
    this.#protocol = { store: parts.table, policyOf: () => parts.policy };
    parts.time.after(TICK_MS, () => this.#tick());
    // As the first tick of a deployment has it.
    void this.#tell();
  }

  /** Does what follows from a request. */
  follow(way: Way, seen: LevelState, atMs: number): void {
    const { plan, served, isOfReplica } = way;
    if (served !== null) this.#record(seen, plan, served, { readAtMs: atMs, isOfReplica });
    else this.#probe(seen, plan, atMs);
  }

  #record(seen: LevelState, plan: Plan, served: Served, read: Read): void {
    const { time, delays, chance, scope, policy } = this.#parts;
    const { readAtMs, isOfReplica = false } = read;
    this.mutations += 1;
    const outcome = {
      readLevel: seen.currentLevel,
      epoch: seen.epoch,
      servedLevel: plan.canary ? 1 : seen.currentLevel,
      result: resultOf(served, policy),
      durationMs: served.ms,
    } as const;
    const write = async (isLast: boolean): Promise<void> => {
      try {
        const observed = { outcome, seen, readAtMs, atMs: this.#atMs(), random: chance.unit() };
        const recorded = await recordRead(this.#protocol, scope, observed, isOfReplica);
        await this.#tellAfter(recorded);
      } catch (error) {
        // The workflow repeats what surely did nothing, once.
        if (!(error instanceof StoreThrottledError)) throw error;
        if (!isLast) time.after(chance.unit() * RETRY_MS, () => void write(true));
      }
    };
    time.after(2 * delays.stepMs + served.ms, () => void write(false));
  }

  async #tellAfter(recorded: RecordedRead): Promise<void> {
    if (this.#count === 0) return;
    const after = tellingAfter(this.#protocol, this.#parts.scope, recorded, this.#atMs());
    if (after !== null) await this.#tell(after);
  }

  async #tell(after?: ReplicasOf['after']): Promise<void> {
    if (this.#count === 0) return;
    const replicas = { scope: this.#parts.scope, count: this.#count, ...(after && { after }) };
    await tellReplicas(this.#protocol, replicas, this.#atMs());
  }

  get #count(): number {
    return this.#parts.table.replicas.length;
  }

  #probe(seen: LevelState, { probe }: Plan, readAtMs: number): void {
    const { table, time, delays, scope } = this.#parts;
    const { probeIntervalMs = this.deployed.probeIntervalMs } = seen;
    const claim = async (): Promise<void> => {
      const write = claimProbe(seen, probeIntervalMs, readAtMs);
      const claimed = await table.write(stateKeyOf(scope), write).catch(() => null);
      if (claimed !== null) this.#tryDegraded(seen, readAtMs);
    };
    time.after(delays.stepMs, () => {
      if (probe === 'each') this.#tryDegraded(seen, readAtMs);
      else void claim();
    });
  }

  #tryDegraded(seen: LevelState, readAtMs: number): void {
    const { world, time } = this.#parts;
    this.probes.push(time.elapsedMs);
    this.#record(seen, PROBE, this.#serve(world.degraded), { readAtMs });
  }

  #tick(): void {
    const { table, time, scope } = this.#parts;
    time.after(TICK_MS, () => this.#tick());
    this.ticks += 1;
    this.mutations += 1;
    const seen = table.state;
    const finish = async (): Promise<void> => {
      this.#tryDue(await dueProbe(this.#protocol, scope, this.#atMs()), seen);
      await heal(this.#protocol, scope, this.#atMs());
      await this.#tell();
    };
    // What a throttled tick leaves, the next one does.
    finish().catch(() => {});
  }

  #tryDue(due: DueProbe, seen: LevelState): void {
    const { world } = this.#parts;
    if (due === 'degraded') this.#tryDegraded(seen, this.#atMs());
    if (due === 'full' && world.hasFullProbe) {
      this.#record(seen, CANARY, this.#serve(world.full), { readAtMs: this.#atMs() });
    }
  }

  #serve({ fails, okMs, errorMs }: SimulatedFace): Served {
    const { chance, time } = this.#parts;
    const ok = chance.unit() >= fails.at(time.elapsedMs);
    return { ok, ms: ok ? okMs : errorMs };
  }

  /** Machines have whole milliseconds. */
  #atMs(): number {
    return Math.floor(this.#parts.time.nowMs);
  }
}

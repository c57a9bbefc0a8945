/** The system of an episode: the real functions on a faulty table, called as the workflow and the queues call them. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { createHandler as createMutator } from '../../../functions/mutator.ts';
import { applyAlarm } from '../../../lib/alarms/apply-alarm.ts';
import { levelAlarms, type LevelAlarm, type Signals } from '../../../lib/alarms/level-alarms.ts';
import { announce } from '../../../lib/events/announce.ts';
import { LevelEventsError, type LevelChanged } from '../../../lib/events/level-events.ts';
import { claimProbe } from '../../../lib/level/claim.ts';
import { directivesOf } from '../../../lib/level/directives.ts';
import type { Policy } from '../../../lib/level/policy.ts';
import { isRecorded, planOf } from '../../../lib/level/route.ts';
import { isMap, type LevelState } from '../../../lib/level/state.ts';
import type { LevelRuntime } from '../../../lib/runtime/level-runtime.ts';
import type { Chance } from '../../../lib/simulation/random.ts';
import type { Timeline } from '../../../lib/simulation/timeline.ts';
import * as control from '../../../lib/store/control.ts';
import { stateKeyOf } from '../../../lib/store/level-store.ts';
import type { Protocol, Settled } from '../../../lib/store/record-outcome.ts';
import { parseRow } from '../../../lib/store/row.ts';
import type { Telemetry } from '../../../lib/telemetry/telemetry.ts';
import { Environment, type Work } from './environment.ts';
import type { Faults } from './faults.ts';
import type { FaultyTable } from './table.ts';
import type { Watch } from './watch.ts';

/** A scope, and how its faces are. */
export interface SimulatedScope {
  readonly name: string;
  readonly policy: Policy;
  readonly signals: Signals;
  /** Shares of the answers that fail, 0 to 1. */
  fullFails: number;
  degradedFails: number;
}

/** What the system is made of. */
export interface Parts {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly table: FaultyTable;
  readonly watch: Watch;
  readonly scopes: readonly SimulatedScope[];
  /** What the bus took, by scope and epoch. */
  readonly told: Map<string, LevelChanged>;
}

type Shown = 'success' | 'error';
type Probe = 'degraded' | 'full' | 'none';

const SILENT: Telemetry = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  measure() {},
  count() {},
};

const ALARMS = { errorRate: [0.25, 0.5], minRequests: 20, periodS: 60, periods: 1 } as const;

/** How long the workflow waits for a task, in milliseconds. */
const CLAIM_MS = 1_000;
const MUTATOR_MS = 4_000;

/** Calls it. */
export class System {
  faults: Faults;
  readonly #parts: Parts;
  #outcomes = 0;

  constructor(parts: Parts, faults: Faults) {
    this.#parts = parts;
    this.faults = faults;
  }

  /** A request, from the read of its level to the count of its outcome. */
  async request(scope: SimulatedScope): Promise<void> {
    const { table, chance } = this.#parts;
    if (chance.unit() < this.faults.unread) return;
    const here = this.#environment('request');
    const item = table.stale(stateKeyOf(scope.name));
    const { state, problems } = parseRow(item);
    if (problems.length > 0) throw new Error(`malformed: ${problems.join('; ')}`);
    const receivedAt = here.nowMs();
    const deployed = directivesOf(scope.policy);
    const asked = { safe: chance.unit() < 0.5, bypass: false };
    const plan = planOf(state, deployed, asked, receivedAt, chance.draw);
    const face = plan.face === 'full' ? 'full' : 'degraded';
    if (plan.face === 'maintenance' && !(await this.#mayProbe(scope, state, plan.probe, here)))
      return;
    const result = await this.#serve(scope, face);
    if (!isRecorded(state, deployed, plan, result, receivedAt, chance.draw)) return;
    const servedLevel = plan.canary ? 1 : state.currentLevel;
    await this.#mutate('request', scope, {
      state,
      item,
      receivedAt,
      servedLevel,
      result,
      kind: 'outcome',
    });
  }

  /** The scheduled tick: what is due is tried, what is left is finished. */
  async tick(scope: SimulatedScope): Promise<void> {
    const { table } = this.#parts;
    const item = table.stale(stateKeyOf(scope.name));
    const { state } = parseRow(item);
    const claimed = { state, item, receivedAt: 0, servedLevel: state.currentLevel } as const;
    const answer = await this.#mutate('tick', scope, { ...claimed, result: 'none', kind: 'claim' });
    const probe: Probe = answer !== null && 'probe' in answer ? answer.probe : 'none';
    const result = probe === 'none' ? 'none' : await this.#serve(scope, probe);
    const servedLevel = probe === 'full' ? 1 : state.currentLevel;
    // What was read before the claim may be of another level: nothing is made of it then.
    const isOf = probe === 'none' || state.currentLevel === (probe === 'full' ? 2 : 3);
    const shown = isOf ? result : 'none';
    await this.#mutate('tick', scope, { ...claimed, servedLevel, result: shown, kind: 'tick' });
  }

  /** An alarm of the queue, as late as it may be. */
  async alarm(scope: SimulatedScope, alarm: LevelAlarm, changedAtMs: number): Promise<void> {
    const here = this.#environment('alarm');
    const runtime = this.#runtime(scope, here);
    const message = { alarmName: alarm.name, state: 'ALARM', reason: '', changedAtMs } as const;
    const given = { message, alarm, signals: scope.signals };
    const applied = await applyAlarm(runtime.protocol, given, here.nowMs());
    if (applied.kind === 'moved')
      await announce(runtime, scope.name, applied.state, applied.history);
  }

  /** A control write by an operator. */
  async operate(scope: SimulatedScope): Promise<void> {
    const { chance } = this.#parts;
    const here = this.#environment('operator');
    const runtime = this.#runtime(scope, here);
    const { protocol } = runtime;
    const atMs = here.nowMs();
    const one = <T>(...of: readonly [T, ...T[]]) =>
      of[Math.floor(chance.unit() * of.length)] ?? of[0];
    const level = one(1, 2, 3);
    const override = { reason: 'drill', untilMs: atMs + one(1_000, 30_000, 120_000) };
    const act = one<(() => Promise<Settled>) | null>(
      () => control.pin(protocol, scope.name, { level, override }, atMs),
      () => control.pin(protocol, scope.name, { level, override: { reason: 'held' } }, atMs),
      () => this.#release(scope, protocol, atMs),
      () => control.reset(protocol, scope.name, {}, atMs),
      () => control.changePolicy(protocol, scope.name, one({ dwellMs: 1_000 }, {}), {}, atMs),
    );
    if (act === null) return;
    const { state, changes, history } = await act();
    if (changes.length > 0) await announce(runtime, scope.name, state, history);
  }

  /** Ends whatever pin there is. */
  async release(scope: SimulatedScope): Promise<void> {
    const here = this.#environment('operator');
    const runtime = this.#runtime(scope, here);
    const { state, history } = await this.#release(scope, runtime.protocol, here.nowMs());
    await announce(runtime, scope.name, state, history);
  }

  /** The alarms of a scope. */
  alarmsOf({ name, policy }: SimulatedScope): readonly LevelAlarm[] {
    return levelAlarms({ stage: 'test', scope: name, alarms: ALARMS, policy });
  }

  #release(scope: SimulatedScope, protocol: Protocol, atMs: number): Promise<Settled> {
    return control.release(protocol, scope.name, {}, atMs);
  }

  async #mayProbe(
    scope: SimulatedScope,
    state: LevelState,
    probe: 'none' | 'each' | 'claim',
    here: Environment,
  ): Promise<boolean> {
    const { table, watch, time } = this.#parts;
    if (probe !== 'claim') return probe === 'each';
    const key = stateKeyOf(scope.name);
    const { probeIntervalMs = scope.policy.probeIntervalMs } = state;
    const sentMs = time.nowMs;
    const claim = claimProbe(state, probeIntervalMs, here.nowMs());
    const claimed = table
      .for(here)
      .write(key, claim)
      .catch(() => null);
    if ((await this.#within(CLAIM_MS, claimed)) === null) return false;
    watch.probed(key, state.epoch, {
      sentMs,
      intervalMs: probeIntervalMs,
      skewMs: 2 * this.faults.skewMs,
    });
    return true;
  }

  /** What a task answers; null where it does not in time. */
  #within<Told>(ms: number, answer: Promise<Told | null>): Promise<Told | null> {
    return Promise.race([answer, this.#parts.time.later(ms, null)]);
  }

  async #serve(scope: SimulatedScope, face: 'full' | 'degraded'): Promise<Shown> {
    const { chance, time } = this.#parts;
    const share = face === 'full' ? scope.fullFails : scope.degradedFails;
    const fails = chance.unit() < share;
    return time.later(chance.exponential(fails ? 20 : 40), fails ? 'error' : 'success');
  }

  /** The workflow's call of the mutator: what was surely not begun is sent once more. */
  async #mutate(
    work: Work,
    scope: SimulatedScope,
    told: {
      readonly state: LevelState;
      readonly item: ReturnType<FaultyTable['item']>;
      readonly receivedAt: number;
      readonly servedLevel: 1 | 2 | 3;
      readonly result: Shown | 'none';
      readonly kind: 'outcome' | 'tick' | 'claim';
    },
  ) {
    const { chance, time } = this.#parts;
    const { state, item, receivedAt, servedLevel, result, kind } = told;
    this.#outcomes += 1;
    const id = this.#outcomes;
    const { currentLevel: level, epoch } = state;
    const isFullSuccess = level === 2 && servedLevel === 1 && result === 'success';
    const evidence =
      result === 'none' || kind === 'claim' ? null : { id, level, epoch, isFullSuccess };
    for (const isLast of [false, true]) {
      const here = this.#environment(work);
      here.evidence = evidence;
      const handle = createMutator(this.#runtime(scope, here));
      const payload = {
        kind,
        scope: scope.name,
        executionId: String(id),
        receivedAt,
        ...(item !== undefined && { row: marshall(item) }),
        signals: scope.signals,
        failOpen: false,
        record: true,
        readLevel: level,
        epoch,
        servedLevel,
        result,
        durationMs: 30,
      };
      try {
        return await this.#within(MUTATOR_MS, handle(payload));
      } catch (error) {
        const isRefused = (error as Error).name === 'StoreThrottledError';
        if (!isRefused || isLast || kind === 'claim') return null;
        await time.later(chance.unit() * 1_000, null);
      }
    }
    return null;
  }

  #environment(work: Work): Environment {
    const { time, chance } = this.#parts;
    return new Environment(work, time, chance, this.faults);
  }

  #runtime(scope: SimulatedScope, here: Environment): LevelRuntime {
    const { table, chance, told } = this.#parts;
    const policyOf: Protocol['policyOf'] = (overrides) => ({
      ...scope.policy,
      ...(isMap(overrides) && overrides),
    });
    return {
      protocol: { store: table.for(here), policyOf },
      telemetry: SILENT,
      events: {
        publish: async (events, whenTold) => {
          const isTaken = chance.unit() >= this.faults.untold;
          if (isTaken || chance.unit() < 0.5) {
            for (const event of events) told.set(`${event.scope} ${event.epoch}`, event);
          }
          if (!isTaken) throw new LevelEventsError('expected the bus to answer, got nothing');
          await whenTold();
        },
      },
      deployedPolicyOf: () => scope.policy,
      presetOf: () => 'classic',
      scopes: {},
      clock: { nowMs: () => here.nowMs(), monotonicMs: () => here.nowMs() },
      random: () => chance.unit(),
    };
  }
}

/** One episode: a storm of faults over several scopes, then a calm in which everything must come back. */
import { bank, classic, production, type Policy } from '../../../lib/level/policy.ts';
import type { LevelChanged } from '../../../lib/events/level-events.ts';
import { chanceOf, type Chance } from '../../../lib/simulation/random.ts';
import { applyWrite } from '../../../lib/simulation/table.ts';
import { Timeline } from '../../../lib/simulation/timeline.ts';
import { historyKeyOf, stateKeyOf } from '../../../lib/store/level-store.ts';
import { parseRow } from '../../../lib/store/row.ts';
import { CALM, drawFaults } from './faults.ts';
import { System, type SimulatedScope } from './system.ts';
import { FaultyTable, type Written } from './table.ts';
import { numberOf, Watch } from './watch.ts';

/** What an episode came to. */
export interface Episode {
  /** Events of the virtual time, each followed by what it set off. */
  readonly steps: number;
  readonly writes: number;
  /** What happened, and how often. */
  readonly happened: ReadonlyMap<string, number>;
  /** Epochs that nobody was told of: their writers were killed or cut off. */
  readonly untold: number;
  /** The same for the same seed. */
  readonly trace: string;
}

/** How long each part lasts, in milliseconds of virtual time. */
const STORM_MS = 400_000;
const CALM_MS = 1_800_000;
const START_MS = Date.UTC(2026, 0, 1);
const TICK_MS = 60_000;
/** Mean times between what happens to a scope, in milliseconds. */
const REQUEST_MS = { storm: 600, calm: 3_000 } as const;
const OPERATOR_MS = 40_000;
const ALARM_MS = 10_000;
const WEATHER_MS = 20_000;
/** How late an alarm may come, in milliseconds. */
const LATEST_ALARM_MS = 1_000_000;

const scopesOf = (): SimulatedScope[] => {
  const one = (name: string, policy: Policy, signals: SimulatedScope['signals']) => {
    return { name, policy, signals, fullFails: 0, degradedFails: 0 };
  };
  return [
    one('default', production, 'direct'),
    one('classic', classic, 'direct'),
    one('bank', bank, 'both'),
    one('both', production, 'both'),
  ];
};

/**
 * Plays it.
 *
 * @param seed All that is drawn follows from it.
 * @param apply What the table makes of a write; another than applyWrite is a broken table.
 * @throws Error that names the rule that does not hold, the seed and the virtual time.
 */
export async function play(seed: number, apply: typeof applyWrite = applyWrite): Promise<Episode> {
  const chance = chanceOf(seed);
  const time = new Timeline(START_MS);
  const scopes = scopesOf();
  const policies = new Map(scopes.map(({ name, policy }) => [stateKeyOf(name), policy]));
  const watch = new Watch((key) => policies.get(key) ?? production);
  let [writes, hash] = [0, 0];
  const problems: unknown[] = [];
  const objecting = (act: () => void): void => {
    try {
      act();
    } catch (problem) {
      problems.push(problem);
    }
  };
  const observe = (written: Written) =>
    objecting(() => {
      writes += 1;
      hash = hashed(hash, `${time.nowMs} ${JSON.stringify(written.after)}`);
      watch.wrote(written);
    });
  const faults = drawFaults(chance);
  const table = new FaultyTable(time, chance, faults, { observe, apply });
  const told = new Map<string, LevelChanged>();
  const system = new System({ time, chance, table, watch, scopes, told }, faults);
  const storm = new Storm({ time, chance, system, scopes, onProblem: (one) => problems.push(one) });
  let steps = 0;
  const advance = (untilMs: number) => {
    steps += 1;
    if (problems.length > 0) throw problems[0];
    time.nowMs = untilMs;
  };
  try {
    storm.begin();
    await time.play(STORM_MS, advance);
    storm.end();
    table.faults = CALM;
    await time.play(STORM_MS + CALM_MS, advance);
    if (problems.length > 0) throw problems[0];
    for (const { name } of scopes) settled(table, name, time.nowMs);
    const untold = untoldOf(watch, scopes, told);
    return { steps, writes, happened: watch.happened, untold, trace: hash.toString(16) };
  } catch (cause) {
    const at = `seed ${seed}, after ${Math.round(time.elapsedMs)} ms`;
    throw new Error(`${String(cause)} (${at})`, { cause });
  }
}

interface StormParts {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly system: System;
  readonly scopes: readonly SimulatedScope[];
  readonly onProblem: (problem: unknown) => void;
}

/** What comes from outside: clients, schedules, queues, operators, and how the faces are. */
class Storm {
  readonly #parts: StormParts;
  #isOver = false;

  constructor(parts: StormParts) {
    this.#parts = parts;
  }

  begin(): void {
    for (const scope of this.#parts.scopes) {
      this.#again(
        () => this.#requestMs(),
        () => this.#parts.system.request(scope),
      );
      this.#again(
        () => TICK_MS,
        () => this.#parts.system.tick(scope),
      );
      this.#again(
        () => this.#mean(OPERATOR_MS),
        async () => {
          if (!this.#isOver) await this.#parts.system.operate(scope);
        },
      );
      this.#again(
        () => this.#mean(ALARM_MS),
        async () => this.#alarm(scope),
      );
      this.#again(
        () => this.#mean(WEATHER_MS),
        async () => this.#weather(scope),
      );
    }
  }

  /** From now on all is well. */
  end(): void {
    const { system, scopes, time } = this.#parts;
    this.#isOver = true;
    system.faults = CALM;
    for (const scope of scopes) {
      scope.fullFails = 0;
      scope.degradedFails = 0;
      // What is late is over by then; an operator lets go of what was held.
      time.after(TICK_MS, () => this.#run(() => system.release(scope)));
    }
  }

  #weather(scope: SimulatedScope): void {
    const { chance } = this.#parts;
    if (this.#isOver) return;
    const drawn = () => [0, 0, 0.05, 0.5, 1][Math.floor(chance.unit() * 5)] ?? 0;
    scope.fullFails = drawn();
    scope.degradedFails = Math.min(drawn(), drawn());
  }

  /** Each may come twice, late, and behind one that fired after it. */
  #alarm(scope: SimulatedScope): void {
    const { chance, time, system } = this.#parts;
    if (this.#isOver) return;
    const alarms = system.alarmsOf(scope);
    const alarm = alarms[Math.floor(chance.unit() * alarms.length)];
    if (alarm === undefined) return;
    const firedAtMs = Math.floor(time.nowMs);
    const copies = chance.unit() < system.faults.repeated ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const lateMs = chance.unit() ** 4 * LATEST_ALARM_MS;
      time.after(lateMs, () => this.#run(() => system.alarm(scope, alarm, firedAtMs)));
    }
  }

  #requestMs(): number {
    return this.#mean(this.#isOver ? REQUEST_MS.calm : REQUEST_MS.storm);
  }

  #mean(ms: number): number {
    return this.#parts.chance.exponential(ms);
  }

  #again(waitMs: () => number, act: () => Promise<void>): void {
    const { time, chance, system } = this.#parts;
    time.after(waitMs(), () => {
      this.#again(waitMs, act);
      this.#run(act);
      // A schedule may send an event twice; a client its request.
      if (chance.unit() < system.faults.repeated / 10) this.#run(act);
    });
  }

  /** What the store throws is the caller's; everything else is a fault of the code. */
  #run(act: () => Promise<void>): void {
    const expected = new Set([
      'StoreThrottledError',
      'StoreUnavailableError',
      'WriteConflictError',
    ]);
    act().catch((error: Error) => {
      if (!expected.has(error.name)) this.#parts.onProblem(error);
    });
  }
}

/** With all well for half an hour, every scope serves in full again and nothing is left. */
function settled(table: FaultyTable, scope: string, atMs: number): void {
  const item = table.item(stateKeyOf(scope)) ?? {};
  const { problems } = parseRow(item);
  const expect = (rule: string, holds: boolean) => {
    if (!holds) throw new Error(`violated: ${rule} (${scope}); got ${JSON.stringify(item)}`);
  };
  expect('the row can be read', problems.length === 0);
  expect('level 1 comes back by itself', numberOf(item, 'currentLevel', 1) === 1);
  expect('a pin that is over goes', item['override'] === undefined);
  expect('a watch ends', numberOf(item, 'watchUntilMs') <= atMs);
  const history = Object.keys(table.item(historyKeyOf(scope)) ?? {});
  // What comes late stays until the change that takes it away.
  expect('the history is bounded', history.length <= 17);
}

/** What was told is what happened; what was not is counted. */
function untoldOf(
  watch: Watch,
  scopes: readonly SimulatedScope[],
  told: ReadonlyMap<string, LevelChanged>,
): number {
  let untold = 0;
  const happened = new Set<string>();
  for (const { name } of scopes) {
    for (const { epoch, from, to } of watch.changesOf(stateKeyOf(name))) {
      const event = told.get(`${name} ${epoch}`);
      happened.add(`${name} ${epoch}`);
      if (event === undefined) untold += 1;
      else if (event.from !== from || event.to !== to) {
        throw new Error(`violated: what is told is what happened; got ${JSON.stringify(event)}`);
      }
    }
  }
  const invented = [...told.keys()].filter((key) => !happened.has(key));
  if (invented.length > 0)
    throw new Error(`violated: nothing is told that was not; ${invented[0]}`);
  return untold;
}

function hashed(before: number, text: string): number {
  let hash = before;
  for (let index = 0; index < text.length; index += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) >>> 0;
  }
  return hash;
}

/** Everything that may come of a request while nothing changes, each with its chance: what is drawn in bulk. */
import type { DeployedDirectives } from '../level/directives.ts';
import { shareOf } from '../level/draw.ts';
import type { Policy } from '../level/policy.ts';
import { isRecorded, planOf, type Asked, type Draw, type Plan } from '../level/route.ts';
import { isSampled, sampleBoundOf } from '../level/share.ts';
import type { LevelState } from '../level/state.ts';
import { failsAt, type World } from './world.ts';

/** What one call of a face comes to. */
export interface Served {
  readonly ok: boolean;
  /** How long it takes, in milliseconds. */
  readonly ms: number;
}

/** One thing that may come of a request. */
export interface Way {
  /** 0 to 1; those of all ways are 1 together. */
  readonly chance: number;
  readonly plan: Plan;
  /** What the planned face comes to; null for maintenance. */
  readonly served: Served | null;
  /** Whether the degraded face served in place of a failed full one. */
  readonly isShielded: boolean;
  /** How many faces are called for it, a probe apart. */
  readonly calls: 1 | 2;
  /** Whether anything follows from it for the row: an outcome that is written, a probe. */
  readonly isEventful: boolean;
  /** Whether its request read a replica of the row; false by default. */
  readonly isOfReplica?: boolean;
}

/** A draw that is below every bound but that of none, and one that is below none but that of all. */
const LUCKY: Draw = () => '00000000';
const UNLUCKY: Draw = () => 'ffffffff';

/** What a request is decided by. */
export interface Moment {
  readonly state: LevelState;
  readonly deployed: DeployedDirectives;
  readonly policy: Policy;
  readonly world: World;
  /** Requests a second. */
  readonly perSecond: number;
  /** Epoch milliseconds, whole. */
  readonly atMs: number;
  /** From the start, in milliseconds. */
  readonly elapsedMs: number;
}

/** Lists them. Which bounds a request is drawn by, and what follows, the rules themselves are asked. */
export function waysOf(moment: Moment): readonly Way[] {
  const { safeShare } = moment.world;
  const planned = [true, false].flatMap((safe) => {
    const share = safe ? safeShare : 1 - safeShare;
    if (share <= 0) return [];
    const plans = plansOf(moment, { safe, bypass: false });
    return plans.map(({ plan, chance }) => ({ plan, safe, chance: share * chance }));
  });
  return planned.flatMap((each) => {
    const { plan, chance } = each;
    if (plan.face === 'maintenance') return [maintained(plan, chance)];
    const load = moment.perSecond * chanceOfFace(planned, plan.face);
    return waysOfPlan(moment, each, load);
  });
}

interface AskedPlan extends Planned {
  readonly safe: boolean;
}

function chanceOfFace(planned: readonly Planned[], face: Plan['face']): number {
  const same = planned.filter(({ plan }) => plan.face === face);
  return same.reduce((sum, { chance }) => sum + chance, 0);
}

/** @param load Requests a second that its face gets. */
function waysOfPlan(moment: Moment, { plan, safe, chance }: AskedPlan, load: number) {
  return outcomesOf(moment, plan, load).flatMap(({ served, chance: each }) =>
    recordings(moment, plan, served, chance * each).flatMap((way) => shieldings(moment, way, safe)),
  );
}

interface Planned {
  readonly plan: Plan;
  readonly chance: number;
}

/** One plan, or two where a draw decides. */
function plansOf(moment: Moment, asked: Asked): readonly Planned[] {
  const { state, deployed, atMs } = moment;
  const lucky = planOf(state, deployed, asked, atMs, LUCKY);
  const unlucky = planOf(state, deployed, asked, atMs, UNLUCKY);
  if (lucky.face === unlucky.face && lucky.probe === unlucky.probe) {
    return [{ plan: lucky, chance: 1 }];
  }
  const share = shareOf(boundOfPlan(lucky, moment));
  return [
    { plan: lucky, chance: share },
    { plan: unlucky, chance: 1 - share },
  ].filter(({ chance }) => chance > 0);
}

/** The bound that the lucky one of two plans was drawn by. */
function boundOfPlan({ exercise, canary }: Plan, { state, deployed }: Moment): string {
  if (exercise) return state.exerciseBelow ?? deployed.exerciseBelow;
  return canary ? (state.rampBelow ?? deployed.rampBelow) : (state.sampleBelow ?? 'g');
}

function maintained(plan: Plan, chance: number): Way {
  const isEventful = plan.probe !== 'none';
  return { chance, plan, served: null, isShielded: false, calls: 1, isEventful };
}

function outcomesOf({ world, elapsedMs }: Moment, { face: name }: Plan, load: number) {
  const face = name === 'full' ? world.full : world.degraded;
  const fails = failsAt(face, elapsedMs, load);
  return [
    { served: { ok: true, ms: face.okMs }, chance: 1 - fails },
    { served: { ok: false, ms: face.errorMs }, chance: fails },
  ].filter(({ chance }) => chance > 0);
}

/** Whether a success is one to the policy. */
export function resultOf({ ok, ms }: Served, { slowAfterMs }: Policy): 'success' | 'error' {
  return ok && (slowAfterMs === 0 || ms <= slowAfterMs) ? 'success' : 'error';
}

function recordings(moment: Moment, plan: Plan, served: Served, chance: number): readonly Way[] {
  const { state, deployed, policy, atMs } = moment;
  const way = { plan, served, isShielded: false, calls: 1 } as const;
  const result = resultOf(served, policy);
  const isWorth = isRecorded(state, deployed, plan, result, atMs, LUCKY);
  if (!isWorth) return [{ ...way, chance, isEventful: false }];
  const share = shareOf(sampleBoundOf(state, atMs));
  return [
    { ...way, chance: chance * share, isEventful: true },
    { ...way, chance: chance * (1 - share), isEventful: false },
  ].filter((each) => each.chance > 0);
}

function shieldings({ policy, world, elapsedMs }: Moment, way: Way, safe: boolean): readonly Way[] {
  const { plan, served } = way;
  const mayShield = policy.shield === 'all' || (policy.shield === 'safe' && safe);
  if (plan.face !== 'full' || served === null || served.ok || !mayShield) return [way];
  const fails = world.degraded.fails.at(elapsedMs);
  return [
    { ...way, calls: 2 as const, chance: way.chance * (1 - fails), isShielded: true },
    { ...way, calls: 2 as const, chance: way.chance * fails },
  ].filter((each) => each.chance > 0);
}

/** What of a row decides the ways: as long as it is the same, so are they. */
export function signatureOf(state: LevelState, atMs: number): string {
  const isAhead = (ms: number | undefined) => (ms ?? 0) > atMs;
  return [
    state.currentLevel,
    state.epoch,
    state.errorCount > 0,
    (state.run ?? 0) > 0 || isAhead(state.watchUntilMs),
    isAhead(state.cautionUntilMs),
    isAhead(state.cautionFromMs),
    isSampled(state, atMs) && state.sampleBelow,
    isAhead(state.quietUntilMs),
    state.stepSinceMs,
    state.rampBelow,
    isAhead(state.nextCanaryAtMs),
    isAhead(state.nextProbeAtMs),
  ].join(' ');
}

/** The next time by which the same row decides otherwise, in epoch milliseconds. */
export function nextTurn(state: LevelState, atMs: number): number {
  const times = [
    state.watchUntilMs,
    state.cautionUntilMs,
    state.cautionFromMs,
    state.sampleUntilMs,
    state.quietUntilMs,
    state.nextCanaryAtMs,
    state.nextProbeAtMs,
    state.override?.untilMs,
  ];
  return Math.min(...times.map((ms) => (ms !== undefined && ms > atMs ? ms : Infinity)));
}

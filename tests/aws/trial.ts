/** A trial from its deploy to its removal, which comes whatever happens in between, and what it found. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from './checks.ts';
import { load, type Measured } from './load.ts';
import { CHECKS_MINUTES, mostDollars, REMOVAL, type Caller, type Wanted } from './plan.ts';
import { leftOf, isThere, openTarget, openTrial, type Identity, type Trial } from './stage.ts';

/** How a check or a step went. */
export interface Outcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'not on the emulator' | 'not reached';
  /** What was seen, what was wrong, or what is missing there. */
  readonly said: string;
  readonly seconds: number;
}

/** What a trial was and found. */
export interface Report {
  readonly wanted: Wanted;
  readonly caller: Caller;
  readonly startedAt: string;
  readonly mostDollars: number;
  readonly outcomes: readonly Outcome[];
  readonly measured: Measured | null;
}

/** What a trial is made of beside what is asked for. */
export interface Parts {
  readonly identity: Identity;
  readonly gatewayRole: 'account' | 'own';
  readonly checks: readonly Check[];
  /** Ends it early: what has begun fails, and the removal comes. */
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Deploys, checks, loads and removes. Never throws once something may have been made. */
export async function tryStage(wanted: Wanted, parts: Parts): Promise<Report> {
  const { identity, checks, print } = parts;
  const startedAt = new Date().toISOString();
  const outcomes: Outcome[] = [];
  let measured: Measured | null = null;
  const deadline = AbortSignal.timeout(CHECKS_MINUTES * 60_000);
  const signal = AbortSignal.any([parts.signal, deadline]);
  const step = async (name: string, run: () => Promise<string>, bound?: AbortSignal) => {
    const outcome = await outcomeOf(name, run, bound);
    outcomes.push(outcome);
    print(`${MARKS[outcome.result]} ${name}: ${outcome.said}`);
    return outcome.result === 'passed';
  };
  const trial = await openTrial(wanted, parts.gatewayRole);
  let deploying = Promise.resolve();
  try {
    deploying = trial.deploy();
    const isUp = await step('deploy', () => deploying.then(() => 'done'), signal);
    const target = isUp ? await openTarget(wanted, identity).catch(asError) : null;
    if (target instanceof Error) await step('find the stage', () => Promise.reject(target));
    const found = target instanceof Error ? null : target;
    for (const check of checks) {
      const missing = wanted.endpoint === undefined ? undefined : check.onlyOnAws;
      if (missing !== undefined) outcomes.push(left(check.name, 'not on the emulator', missing));
      else if (found === null || signal.aborted) outcomes.push(left(check.name, 'not reached', ''));
      else await step(check.name, () => check.run(found), signal);
    }
    if (found !== null && !signal.aborted) {
      const run = async () => {
        measured = await load(found, wanted.requests);
        return judge(measured);
      };
      await step('load', run, signal);
    }
    await found?.close();
  } finally {
    // What is interrupted in the middle makes more until it ends.
    const most = pause(REMOVAL.minutes * 60_000, undefined, { ref: false });
    await Promise.race([deploying.catch(() => {}), most]);
    await step('removal', () => removed(wanted, trial));
    await trial.close();
  }
  const { account, arn } = identity;
  const caller = { account, arn };
  return { wanted, caller, startedAt, mostDollars: mostDollars(wanted), outcomes, measured };
}

const MARKS = { passed: '✓', failed: '✗', 'not on the emulator': '-', 'not reached': '-' } as const;

const left = (name: string, result: Outcome['result'], said: string): Outcome => ({
  name,
  result,
  said,
  seconds: 0,
});

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

async function outcomeOf(
  name: string,
  run: () => Promise<string>,
  signal?: AbortSignal,
): Promise<Outcome> {
  const atMs = performance.now();
  const seconds = () => Math.round((performance.now() - atMs) / 100) / 10;
  try {
    const said = await (signal === undefined ? run() : Promise.race([run(), ended(signal)]));
    return { name, result: 'passed', said, seconds: seconds() };
  } catch (error) {
    return { name, result: 'failed', said: asError(error).message, seconds: seconds() };
  }
}

/** Rejects when the signal comes. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => {
      reject(new Error('ended before its time'));
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Served or throttled, and nothing else. */
function judge({ statuses, sent, p50Ms, p99Ms, perSecond }: Measured): string {
  const others = Object.keys(statuses).filter((status) => !['200', '429'].includes(status));
  const counted = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  const said = `${sent} requests: ${counted.join(', ')}; ${perSecond}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
  if (others.length > 0) throw new Error(`expected 200 and 429 alone, got ${said}`);
  return said;
}

/** Tries again where CloudFormation is still at work, or an API of AWS is. */
async function removed(wanted: Wanted, trial: Trial): Promise<string> {
  const complaints: string[] = [];
  for (let tries = 1; tries <= REMOVAL.tries; tries += 1) {
    if (tries > 1) await pause(REMOVAL.pauseMs);
    try {
      if (await isThere(wanted.stage)) {
        await Promise.race([trial.remove(), ended(AbortSignal.timeout(REMOVAL.minutes * 60_000))]);
      }
      const names = await leftOf(wanted);
      if (names.length === 0) return 'nothing is left';
      complaints.push(`left: ${names.join(', ')}`);
    } catch (error) {
      complaints.push(asError(error).message);
    }
  }
  const by = `sls remove --stage ${wanted.stage} --region ${wanted.region}`;
  throw new Error(`remove it by hand (${by}); ${complaints.join('; ')}`);
}

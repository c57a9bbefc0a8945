/** Plays a game day: calm, outage, recovery, one request after the other. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Change } from '../../lib/level/state.ts';
import { readControlPrefix } from '../../lib/runtime/own-paths.ts';
import { LoadError } from '../errors.ts';
import { readStatus, STATUS_PATH } from '../status.ts';
import type { Arguments } from './arguments.ts';
import { ask } from './ask.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import type { Phase, PhasedAnswer, Seen } from './verdict.ts';

/** Tells how it goes. */
export type Tell = (words: string) => void;

const SECOND_MS = 1_000;

/**
 * Plays it to its end; the fault is gone whatever happens.
 *
 * @throws LoadError where it may not be played there.
 */
export async function playGameDay(options: Arguments, tell: Tell): Promise<Seen> {
  await requireAllowed(options);
  const { proxy: given, fault } = options;
  const proxy = given === null ? null : await startFaultProxy(given.upstream, given.port);
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop);
  try {
    if (proxy !== null) tell(`proxy on 127.0.0.1:${proxy.port}; the fault is ${fault}`);
    return await playPhases(options, proxy, tell, stopped.signal);
  } finally {
    process.off('SIGINT', stop);
    proxy?.set(null);
    await proxy?.close();
  }
}

async function playPhases(
  options: Arguments,
  proxy: FaultProxy | null,
  tell: Tell,
  signal: AbortSignal,
): Promise<Seen> {
  const { url, calmS, outageS, backWithinS, fault } = options;
  const before = await readStatus(url);
  const answers: PhasedAnswer[] = [];
  const changes = new Map<number, Change>();
  const phase = async (name: Phase, seconds: number, isOver = async () => false) => {
    tell(`${name}, at most ${seconds} s`);
    const endMs = Date.now() + seconds * SECOND_MS;
    await sendUntil(options, { name, endMs, answers, signal, isOver });
  };
  const look = async () => {
    const { currentLevel, epoch, history } = await readStatus(url);
    for (const change of history)
      if (change.epoch > before.epoch) changes.set(change.epoch, change);
    tell(`level ${currentLevel}, ${answers.length} answers`);
    return { currentLevel, epoch };
  };
  await phase('calm', calmS);
  const fromMs = Date.now();
  if (fault !== 'switch') proxy?.set(fault);
  await phase('outage', outageS, async () => (await look(), false));
  proxy?.set(null);
  const toMs = Date.now();
  let backAtMs: number | null = null;
  await phase('recovery', backWithinS, async () => {
    const { currentLevel } = await look();
    if (currentLevel === 1) backAtMs ??= Date.now();
    return currentLevel === 1;
  });
  const after = await readStatus(url);
  await look();
  return {
    answers,
    changes: [...changes.values()].toSorted((a, b) => a.epoch - b.epoch),
    outage: { fromMs, toMs },
    level: { before: before.currentLevel, after: after.currentLevel },
    backAtMs,
    errorsToDegrade: await errorsToDegrade(url),
  };
}

interface Sending {
  readonly name: Phase;
  readonly endMs: number;
  readonly answers: PhasedAnswer[];
  readonly signal: AbortSignal;
  /** Asked once a second. */
  readonly isOver: () => Promise<boolean>;
}

async function sendUntil(options: Arguments, sending: Sending): Promise<void> {
  const { url, fault, perSecond } = options;
  const { name, endMs, answers, signal, isOver } = sending;
  const isDemo = fault === 'switch';
  const error = isDemo && name === 'outage';
  let lookAtMs = Date.now() + SECOND_MS;
  while (Date.now() < endMs) {
    if (signal.aborted) throw new LoadError('stopped by hand; the fault is gone');
    const startedAt = Date.now();
    answers.push({ ...(await ask(url, { error, isDemo })), phase: name });
    if (Date.now() >= lookAtMs) {
      if (await isOver()) return;
      lookAtMs = Date.now() + SECOND_MS;
    }
    await pause(Math.max(0, startedAt + SECOND_MS / perSecond - Date.now()));
  }
}

/** Where each error counts; null where a rate decides. */
async function errorsToDegrade(url: string): Promise<number | null> {
  const response = await fetch(`${url}${STATUS_PATH}`);
  const { policy } = (await response.json()) as {
    readonly policy?: { readonly judge?: string; readonly errorsToDegrade?: number };
  };
  return policy?.judge === 'counts' ? (policy.errorsToDegrade ?? null) : null;
}

/** Not against people who did not ask for it. */
async function requireAllowed({ url, fault, allowProd }: Arguments): Promise<void> {
  const about = await readAbout(url);
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
  const isProd = about.stage === 'prod' || (about.stage === undefined && !isHere);
  if (isProd && !allowProd) {
    const what =
      about.stage === 'prod' ? 'this is stage prod' : 'this server does not tell its stage';
    throw new LoadError(`${what}: a game day there needs --production`);
  }
  if (fault === 'switch' && about.requests !== undefined && !('default' in about.requests)) {
    throw new LoadError(
      'the demo does not honour its fault switch here; take a fault proxy: --fault latency --upstream URL --listen PORT',
    );
  }
}

async function readAbout(url: string): Promise<{ stage?: string; requests?: object }> {
  try {
    const response = await fetch(`${url}${readControlPrefix()}/page/about`, {
      signal: AbortSignal.timeout(10_000),
    });
    return response.ok ? ((await response.json()) as { stage?: string; requests?: object }) : {};
  } catch (cause) {
    throw new LoadError(`${url} does not answer; is the server running there?`, { cause });
  }
}

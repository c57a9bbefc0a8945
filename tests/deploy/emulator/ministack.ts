/** MiniStack as a process of its own on a free port of 127.0.0.1, with its files in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { freePort } from '../../listen.ts';
import { PYTHON } from './install.ts';
import { withProjectNode } from './project-copy.ts';

/** A running emulator. */
export interface MiniStack {
  readonly endpoint: string;
  /** Ends it and every function it runs, and removes its folder. */
  stop(): Promise<void>;
}

/** How it is started. */
export interface MiniStackOptions {
  /** Whether roles and signatures are enforced (true). */
  readonly auth?: boolean;
  /** A folder that keeps its state over a restart (none). */
  readonly stateDir?: string;
  /** How long a minute of its schedules lasts, in seconds (60). */
  readonly minuteS?: number;
  /** A Python file that changes its parts before it starts (none), and what it and the functions find set. */
  readonly seams?: { readonly file: string; readonly env: Readonly<Record<string, string>> };
}

/** How many invocations may run at once: 16 requests, each with two functions at a time. */
const CONCURRENCY = 32;
/** How long it may take to be ready, in milliseconds. */
const READY_MS = 30_000;
/** How long it may take to end by itself, in milliseconds. */
const STOP_MS = 5_000;

/**
 * Runs it for as long as its standard input is open, so that it cannot outlive a killed test run.
 * Its arguments are a Python file to run before, or '', and the length of a minute.
 */
const MAIN = `
import os, signal, sys, threading
def end_with_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from ministack.services import eventbridge
minute, seconds_of = float(sys.argv.pop()), eventbridge._parse_rate_seconds
if minute < 60:
    eventbridge._SCHEDULER_TICK_INTERVAL = 1
    eventbridge._parse_rate_seconds = lambda rate: seconds_of(rate) and seconds_of(rate) * minute / 60
seams = sys.argv.pop()
if seams:
    exec(compile(open(seams).read(), seams, 'exec'))
from ministack.app import main
main()
`;

/**
 * Starts an emulator and waits until it answers.
 *
 * @throws Error with what it wrote if it ends before.
 */
export async function startMiniStack(options: MiniStackOptions = {}): Promise<MiniStack> {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-emulator-'));
  const port = await freePort();
  // Its functions inherit this environment, so nothing of the host's is passed on.
  const child = spawn(
    PYTHON,
    ['-c', MAIN, options.seams?.file ?? '', String(options.minuteS ?? 60)],
    {
      cwd: folder,
      // The first node on the path is the functions' runtime.
      env: withProjectNode({
        HOME: folder,
        TMPDIR: folder,
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        LAMBDA_ACCOUNT_CONCURRENCY: String(CONCURRENCY),
        AUTH: String(options.auth ?? true),
        ...options.seams?.env,
        ...(options.stateDir !== undefined && { PERSIST_STATE: '1', STATE_DIR: options.stateDir }),
      }),
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await ready(child, `${endpoint}/_ministack/health`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

async function ready(child: ChildProcess, health: string): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    });
  }
  await vi.waitUntil(
    async () => {
      if (hasEnded(child)) throw new Error(`the emulator ended before it was ready:\n${output}`);
      return fetch(health, { signal: AbortSignal.timeout(1_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    { timeout: READY_MS, interval: 50 },
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(force);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** `npm start` and `npm run ctl` as processes of their own: started, watched, signalled, killed. */
import { listing } from '../runtime/given-scopes.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const MAIN = new URL('../../lib/local/main.ts', import.meta.url).pathname;
const CTL = new URL('../../lib/local/ctl/main.ts', import.meta.url).pathname;

/** Scripts compile once for all processes, as `npm start` has it by itself. */
export const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') } as const;

/** Settings of a process; it gets nothing else of this one's environment. */
type Env = Readonly<Record<string, string>>;

/** The command that starts a server. */
export const START: readonly string[] = [process.execPath, MAIN];

/** A server that said it is ready. */
export interface ServerProcess {
  readonly url: string;
  readonly readyAfterMs: number;
  readonly child: ChildProcess;
  /** What it has written to its standard output. */
  output(): string;
  /** Sends a signal and waits for the end. */
  stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<{ code: number | null; afterMs: number }>;
}

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own, removed with the test. */
export async function givenFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a server and waits for its ready line. */
export async function startProcess(env: Env, command = START): Promise<ServerProcess> {
  const startedAt = performance.now();
  const { child, output } = spawnProcess(env, command);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const [, found] = /^Listening on (\S+)$/m.exec(output()) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output()}`)));
  });
  const readyAfterMs = performance.now() - startedAt;
  return {
    url,
    readyAfterMs,
    child,
    output,
    async stop(signal) {
      const from = performance.now();
      const exit = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      const [code] = await exit;
      return { code, afterMs: performance.now() - from };
    },
  };
}

/** Runs the server to its own end, for starts that are refused. */
export function runToEnd(env: Env, args: readonly string[] = [], command = START): Promise<Ended> {
  return endOf(env, [...command, ...args]);
}

/** Runs the CLI to its end. */
export function runCtl(args: readonly string[], env: Env = {}): Promise<Ended> {
  return endOf(env, [process.execPath, CTL, ...args]);
}

/** Starts the CLI, for `watch`. */
export function spawnCtl(args: readonly string[], env: Env = {}) {
  return spawnProcess(env, [process.execPath, CTL, ...args]);
}

/** Starts a process in a group of its own, which ends with the test. */
export function spawnProcess(env: Env, [file = '', ...args]: readonly string[]) {
  const child = spawn(file, args, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      TICK_SECONDS: '0',
      ...COMPILED,
      ...listing(env),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => endGroup(child));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

/** Runs a process to its end, and that of all that it started: they share its output. */
export async function endOf(env: Env, command: readonly string[]): Promise<Ended> {
  const { child } = spawnProcess(env, command);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** `npm start` as a process of its own: started, watched, signalled, killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const MAIN = new URL('../../lib/local/main.ts', import.meta.url).pathname;

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

/** A folder of its own, removed with the test. */
export async function givenFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a server and waits for its ready line. */
export async function startProcess(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const startedAt = performance.now();
  const child = spawnMain(env);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [, found] = /^Listening on (\S+)$/m.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  const readyAfterMs = performance.now() - startedAt;
  return {
    url,
    readyAfterMs,
    child,
    output: () => output,
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
export async function runToEnd(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawnMain(env, args);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function spawnMain(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', TICK_SECONDS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Servers as processes of their own, and one run of the load generator against one of them. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const AUTOCANNON = fileURLToPath(import.meta.resolve('autocannon'));

/** What one run measured. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A server that said where it listens. */
export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** Starts a script with the Node of this process and waits until it listens. */
export async function startServer(script: string, cwd: string, dataDir: string): Promise<Running> {
  const settings = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn', TICK_SECONDS: '0' };
  const env = { ...process.env, ...settings };
  const child = spawn(process.execPath, [script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [, found] = /^Listening on (\S+)$/m.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { url, child, output: () => output };
}

/** Ends a server and waits for its end. */
export async function stop({ child }: Running): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/**
 * One run of the load generator, in a process of its own.
 *
 * @throws Error if any answer is not the expected one.
 */
export async function fire(
  url: string,
  connections: number,
  seconds: number,
  expected: { readonly body: string; readonly status: number; readonly answer: string },
): Promise<Measured> {
  const { stdout } = await run(process.execPath, [
    AUTOCANNON,
    '--json',
    `--connections=${connections}`,
    `--duration=${seconds}`,
    '--method=POST',
    '--headers=Content-Type=application/json',
    `--body=${expected.body}`,
    `--expectBody=${expected.answer}`,
    `${url}/service-api`,
  ]);
  const result = JSON.parse(stdout) as {
    readonly requests: { readonly total: number };
    readonly duration: number;
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
    readonly errors: number;
    readonly mismatches: number;
  };
  const { errors, mismatches, requests, duration, latency } = result;
  const others = Object.keys(result.statusCodeStats).filter((it) => it !== `${expected.status}`);
  if (others.length + errors + mismatches > 0) {
    throw new Error(
      `expected ${expected.status} alone, got also ${others.join(', ') || 'nothing'}, ${errors} errors, ${mismatches} with another body`,
    );
  }
  return { perSecond: requests.total / duration, p50Ms: latency.p50, p99Ms: latency.p99 };
}

/** How a process ends that has breakers in it: not silently with a call that hangs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { COMPILED } from '../local/process.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a module that imports the library; no timer of its own keeps it alive. */
async function ended(script: string): Promise<Ended> {
  const source = `import { CircuitBreaker, hedge, pipeline, retry, timeout } from './lib/breaker/index.ts';
    const never = () => new Promise(() => {});
    const caught = (call) => call.then(() => 'an answer', (error) => error.name);
    ${script}`;
  const args = ['--input-type=module', '-e', source];
  const run = promisify(execFile)(process.execPath, args, { cwd: ROOT, env: COMPILED });
  return run.then(
    (output) => ({ code: 0, ...output }),
    (error: unknown) => error as Ended,
  );
}

describe('a process whose only call hangs', () => {
  test.concurrent.each([
    ['CircuitBreaker', 'new CircuitBreaker({ timeout: 20 })'],
    ['timeout', 'timeout({ timeout: 20 })'],
    ['pipeline', 'pipeline(retry({ attempts: 2, delay: 1 }), timeout({ timeout: 20 }))'],
    ['hedge', 'pipeline(timeout({ timeout: 20 }), hedge({ delay: 5 }))'],
  ])('waits for the time limit of %s and then goes on', async (_name, policy) => {
    const script = `console.log(await caught(${policy}.execute(never)));`;
    expect(await ended(script)).toMatchObject({ code: 0, stdout: 'TimeoutError\n' });
  });

  test.concurrent.each([
    ['CircuitBreaker', 'new CircuitBreaker({ timeout: 60_000, unref: true })'],
    ['timeout', 'timeout({ timeout: 60_000, unref: true })'],
  ])('may end before the time limit of %s with unref', async (_name, policy) => {
    // Node itself says so by its exit code: an await at the top level never settled.
    const script = `console.log(await caught(${policy}.execute(never)));`;
    expect(await ended(script)).toMatchObject({ code: 13, stdout: '' });
  });

  test('is not held up by a call that has ended', async () => {
    const script = `
      const from = performance.now();
      const policy = pipeline(timeout(), hedge({ delay: 60_000 }), new CircuitBreaker());
      await policy.execute(() => 1);
      process.on('exit', () => console.log(performance.now() - from < 10_000));
    `;
    expect(await ended(script)).toMatchObject({ code: 0, stdout: 'true\n' });
  });
});

test("a listener's error is printed as a warning once, and the process goes on", async () => {
  const { code, stderr } = await ended(`
    const breaker = new CircuitBreaker({ name: 'weather' });
    breaker.on('success', () => { throw new Error('boom'); });
    await breaker.execute(() => 1);
    await breaker.execute(() => 1);
  `);
  expect(code).toBe(0);
  expect(stderr.match(/CircuitBreakerWarning: .*weather.*boom/g)).toHaveLength(1);
});

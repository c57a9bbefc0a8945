/** CircuitBreaker alone: how large a bundle of it is, and that it runs where there is neither Node nor a process. */
import { build } from 'esbuild';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

/** As a module, or a script that leaves what is exported in `lib`; an import of anything else fails it. */
async function bundled(names: string, format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from './lib/breaker/index.ts'`, resolveDir: ROOT },
    bundle: true,
    platform: 'neutral',
    format,
    globalName: 'lib',
    minify: true,
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}

test('it is at most 21.5 KB minified, and takes nothing of its companions', async () => {
  const script = await bundled('CircuitBreaker', 'esm');
  expect(script.length).toBeLessThanOrEqual(21_500);
  // Words that only the companions say.
  expect(script).not.toMatch(/hedge|bulkhead|attempts|maxDelay/);
});

test('a browser and an edge runtime run it: timers are numbers, and there is no process', async () => {
  const timers = new Map<number, NodeJS.Timeout>();
  const realm = createContext({
    AbortController,
    performance,
    setTimeout(callback: () => void, ms: number) {
      timers.set(timers.size + 1, setTimeout(callback, ms));
      return timers.size;
    },
    clearTimeout: (id: number) => clearTimeout(timers.get(id)),
    warnings: [] as unknown[],
  });
  runInContext(await bundled('CircuitBreaker, pipeline, retry, timeout, hedge', 'iife'), realm);
  const outcome = runInContext(
    `(async () => {
      const breaker = new lib.CircuitBreaker({ timeout: 5, unref: true, fallback: () => 'the fallback' });
      globalThis.reportError = (error) => warnings.push(error.message);
      breaker.on('success', () => { throw new Error('boom'); });
      const policy = lib.pipeline(lib.timeout({ unref: true }), lib.retry({ attempts: 2, delay: 1 }), lib.hedge({ delay: 50 }));
      const answers = [
        await breaker.execute(() => 'an answer'),
        await breaker.execute(() => new Promise(() => {})),
        await policy.execute(({ attempt }) => { if (attempt === 1) throw Object.assign(new Error(), { code: 'ECONNRESET' }); return attempt; }),
      ];
      return [...answers, ...warnings, breaker.getStats().timeoutCount].join();
    })()`,
    realm,
  ) as Promise<string>;
  await expect(outcome).resolves.toBe('an answer,the fallback,2,boom,1');
});

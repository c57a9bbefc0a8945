/** How the tests run. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['tests/**/*.test.ts'],
    exclude: [
      'tests/azure/**',
      'tests/engines/**',
      'tests/deploy/**',
      'tests/package/**',
      'tests/spec/**',
      'tests/monitoring/**',
      'tests/browser/**',
    ],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    // Most of the time goes by waiting for other processes.
    maxWorkers: 4,
    // For a machine that does other work as well; nothing of it takes as long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    // A worker keeps its modules: what a test changes outside itself, it puts back.
    isolate: false,
  },
});

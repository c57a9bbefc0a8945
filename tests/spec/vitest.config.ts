/** `npm run test:spec`: the specification, checked by TLC, with every mutant of it. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/spec/**/*.test.ts'],
    reporters: report === undefined ? ['verbose'] : ['verbose', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    globalSetup: ['tests/spec/install.ts'],
    // Each TLC has two workers of its own.
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});

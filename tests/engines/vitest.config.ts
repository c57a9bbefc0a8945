/** `npm run test:engines`: what AWS will do with what is deployed, by engines of another make. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/engines/**/*.test.ts'],
    reporters: report === undefined ? ['dot'] : ['dot', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    // The first run installs.
    hookTimeout: 600_000,
    restoreMocks: true,
  },
});

/** How the tests of the tarball run: built and installed once, each of them a user of it. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/package/**/*.test.ts'],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    globalSetup: ['tests/package/install.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    // The first run downloads the tools.
    hookTimeout: 600_000,
  },
});

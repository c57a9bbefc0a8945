/** How the tests on the emulator run: one after the other, since each starts many processes. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['tests/deploy/emulator/**/*.test.ts'],
    reporters: report === undefined ? ['verbose'] : ['verbose', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    globalSetup: ['tests/deploy/emulator/install.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
  },
});

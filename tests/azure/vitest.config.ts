/** How the test of Azure Application Insights runs: apart, since its SDK is another 235 MB of another major version. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/azure/**/*.test.ts'],
    reporters: report === undefined ? ['verbose'] : ['verbose', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    globalSetup: ['tests/azure/install.ts'],
    testTimeout: 120_000,
  },
});

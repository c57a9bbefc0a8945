/** How the tests with real monitors run: Prometheus from Debian, Grafana's own types in Go, k6. */
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/monitoring/**/*.test.ts'],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    setupFiles: ['tests/setup.ts'],
    globalSetup: ['tests/monitoring/install.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    // The first run downloads and compiles the tools.
    hookTimeout: 600_000,
  },
});

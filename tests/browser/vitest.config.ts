/** `npm run test:browser`: the live page in Chromium, as a person uses it. */
import { defineConfig } from 'vitest/config';
import unit from '../vitest.config.ts';

export default defineConfig({
  test: {
    ...unit.test,
    include: ['tests/browser/*.test.ts'],
    exclude: [],
    // One browser at a time is enough for two cores.
    maxWorkers: 1,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});

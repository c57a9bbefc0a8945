/** `npm run test:soak`: what takes minutes, with the seeds and sizes that `npm test` has no time for. */
import { defineConfig } from 'vitest/config';
import unit from './vitest.config.ts';

export default defineConfig({
  test: {
    ...unit.test,
    include: ['tests/**/*.soak.ts'],
    maxWorkers: 2,
    testTimeout: 600_000,
  },
});

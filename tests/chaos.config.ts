/** `npm run test:chaos`: overload, damage and hostility against servers of their own, with a table of it all. */
import { defineConfig } from 'vitest/config';
import unit from './vitest.config.ts';

/** `CHAOS=short` is what CI runs: a tenth of everything. */
const isShort = process.env['CHAOS'] === 'short';

export default defineConfig({
  test: {
    ...unit.test,
    include: ['tests/**/*.chaos.ts'],
    provide: { chaosShare: isShort ? 0.1 : 1 },
    globalSetup: ['tests/chaos/report.ts'],
    // Each attack has the machine for itself.
    maxWorkers: 1,
    testTimeout: 300_000,
  },
});

/** `npm run test:chaos:deployed`: faults of every kind on a deployed stage, on one emulator, with a table of it all. */
import { defineConfig } from 'vitest/config';
import emulator from '../../deploy/emulator/vitest.config.ts';

/** `CHAOS=short` is what CI runs. */
const isShort = process.env['CHAOS'] === 'short';

export default defineConfig({
  test: {
    ...emulator.test,
    include: ['tests/chaos/deployed/**/*.deployed.ts'],
    provide: { chaosShare: isShort ? 0.1 : 1 },
    // For a machine that does other work as well: two deploys and a storm are in one of them.
    testTimeout: 300_000,
    globalSetup: ['tests/deploy/emulator/install.ts', 'tests/chaos/report.ts'],
  },
});

/** `npm run test:template`: what a deploy would send, as it is packaged. */
import { defineConfig } from 'vitest/config';
import unit from '../vitest.config.ts';

export default defineConfig({
  test: {
    ...unit.test,
    include: ['tests/deploy/*.test.ts'],
    exclude: [],
    // The first that needs a package makes it, the others wait for it.
    testTimeout: 120_000,
  },
});

/** `npm run test:mutation`: the tests that mutants of lib/level and lib/store are looked for with. */
import { defineConfig } from 'vitest/config';
import unit from '../vitest.config.ts';

export default defineConfig({
  test: {
    ...unit.test,
    include: [
      'tests/level/{evaluate,observe,observe-batch,rate,ramp,share,writes,history,times}.test.ts',
      'tests/store/{late-writes,crashes,row,gauges,holes,contract,at-most-once,reset-heals}.test.ts',
      'tests/events/*.test.ts',
    ],
    maxWorkers: 1,
  },
});

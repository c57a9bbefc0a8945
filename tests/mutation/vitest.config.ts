/** `npm run test:mutation`: the tests of one folder, which `MUTATED` names. */
import { defineConfig } from 'vitest/config';
import unit from '../vitest.config.ts';
import { FOLDERS } from './folders.ts';

const tests = FOLDERS[process.env['MUTATED'] ?? 'level']?.tests ?? [];

export default defineConfig({
  test: {
    ...unit.test,
    include: tests.filter((each) => !each.startsWith('!')),
    exclude: tests.filter((each) => each.startsWith('!')).map((each) => each.slice(1)),
    maxWorkers: 1,
    // A mutant that waits for what never comes is found by its test, before Stryker ends the whole process.
    testTimeout: 4_000,
    hookTimeout: 10_000,
  },
});

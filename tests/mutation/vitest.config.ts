/** `npm run test:mutation`: the tests of one folder, which `MUTATED` names. */
import { statSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import unit from '../vitest.config.ts';
import { FOLDERS } from './folders.ts';

const tests = FOLDERS[process.env['MUTATED'] ?? 'level']?.tests ?? [];

/** The smallest files first: one test that fails is enough. */
class SmallestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sizeOf = ({ moduleId }: TestSpecification) => statSync(moduleId).size;
    return files.toSorted((one, other) => sizeOf(one) - sizeOf(other));
  }
}

export default defineConfig({
  test: {
    ...unit.test,
    include: tests.filter((each) => !each.startsWith('!')),
    exclude: tests.filter((each) => each.startsWith('!')).map((each) => each.slice(1)),
    maxWorkers: 1,
    sequence: { sequencer: SmallestFirst },
    // A mutant that waits for what never comes is found by its test, before Stryker ends the whole process.
    testTimeout: 4_000,
    hookTimeout: 10_000,
  },
});

/** Says which steps and tests of a run failed, and with what, then the plain line that counts them. */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const FAILURES_SHOWN = 20;
const LINES_SHOWN = 15;

// node .ci/summary.mjs "names of the steps that failed" REPORT...
const [stepsFailed, ...reports] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const failures = [];
for (const report of reports.filter((name) => existsSync(name))) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  counts.passed += numPassedTests;
  counts.failed += numFailedTests;
  for (const file of testResults.filter(({ status }) => status === 'failed')) {
    const name = relative(process.cwd(), file.name);
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const test of tests)
      failures.push([`${name} > ${test.fullName}`, test.failureMessages.join('\n')]);
    // What fails outside its tests, in a hook or an import, has its reason by itself.
    if (tests.length === 0) failures.push([name, file.message ?? '']);
  }
}

const lines = failures
  .slice(0, FAILURES_SHOWN)
  .flatMap(([title, text]) => [`FAILED ${title}`, ...text.split('\n').slice(0, LINES_SHOWN)]);
if (failures.length > FAILURES_SHOWN) lines.push(`and ${failures.length - FAILURES_SHOWN} more`);
if (stepsFailed !== '') lines.push(`Steps that failed: ${stepsFailed}`);
// A step that fails without a report of tests, as the fuzzer does, is one as well.
const failed = stepsFailed === '' ? counts.failed : Math.max(counts.failed, 1);
process.stdout.write(`${[...lines, `${counts.passed} passed, ${failed} failed`].join('\n')}\n`);

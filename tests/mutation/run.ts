/** `npm run test:mutation -- level store`: mutates folders, all of them without a name; judge.ts says what fails. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { FOLDERS } from './folders.ts';
import { checked, rowOf, type Mutant } from './judge.ts';

type Options = ConstructorParameters<typeof Stryker>[0];
type Result = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const root = new URL('../..', import.meta.url).pathname;
const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const common = JSON.parse(textOf('stryker.config.json')) as Options;
const reasons = JSON.parse(textOf('survivors.json')) as Parameters<typeof checked>[1];

/** `lib/level/enter.ts` in place of a name: that file alone. */
const asked = process.argv.slice(2);
const files = asked.filter((each) => each.startsWith('lib/'));
const named = asked.filter((each) => !each.startsWith('lib/'));
const unknown = named.filter((name) => FOLDERS[name] === undefined);
if (unknown.length > 0) {
  throw new Error(`expected ${Object.keys(FOLDERS).join(', ')}, got ${unknown.join(', ')}`);
}

function mutantOf({ fileName, location, replacement, status, mutatorName }: Result): Mutant {
  const { start, end } = location;
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)?.slice(0, end.column - 1) ?? '';
  lines[0] = lines[0]?.slice(start.column - 1) ?? '';
  const where = { file: relative(root, fileName), line: start.line };
  return { ...where, was: lines.join('\n'), becomes: replacement, status, kind: mutatorName };
}

/**
 * What survived is tried anew: Stryker does not know which tests a static one could be killed by. So is what ran out of
 * its time, which may have been the machine's.
 */
function forgetSurvivors(path: string): void {
  if (!existsSync(path)) return;
  const report = JSON.parse(readFileSync(path, 'utf8')) as {
    files: Record<string, { mutants: readonly { status: string }[] }>;
  };
  for (const file of Object.values(report.files)) {
    file.mutants = file.mutants.filter(({ status }) => status === 'Killed');
  }
  writeFileSync(path, JSON.stringify(report));
}

for (const name of named.length > 0 ? named : Object.keys(FOLDERS)) {
  const begunMs = performance.now();
  // What vitest.config.ts chooses the tests by.
  process.env['MUTATED'] = name;
  const incrementalFile = `.cache/stryker/${name}.json`;
  forgetSurvivors(incrementalFile);
  const results = await new Stryker({
    ...common,
    mutate: files.length > 0 ? files : [...(FOLDERS[name]?.mutate ?? [])],
    incrementalFile,
    tempDirName: `.cache/stryker/tmp-${name}`,
    jsonReporter: { fileName: `.cache/stryker/${name}-report.json` },
    concurrency: availableParallelism(),
  }).runMutationTest();
  const mutants = results
    .map(mutantOf)
    .filter(({ file }) => files.length === 0 || files.includes(file));
  console.log(rowOf(name, mutants, (performance.now() - begunMs) / 1_000));
  const problems = checked(mutants, reasons, files.length > 0);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

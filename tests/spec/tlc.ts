/** Runs TLC on a model, or on a mutant of it, and understands what it says. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLC_JAR } from './install.ts';
import type { Model } from './models.ts';

/** What a run of TLC came to. */
export interface Checked {
  /** Distinct states; all there are where nothing was violated. */
  readonly states: number;
  /** What was violated, in TLC's words; null where all holds. */
  readonly violated: string | null;
  /** All that TLC said. */
  readonly output: string;
}

/** What is checked of a model; all of it where nothing is said. */
export interface Check {
  readonly mutant?: string;
  /** The one invariant or property to check. */
  readonly only?: string;
}

const FOLDER = new URL('.', import.meta.url).pathname;
/** Longer than the longest takes on a busy machine. */
const LONGEST_MS = 170_000;

interface Machine {
  readonly java: readonly string[];
  readonly workers: string;
}

const WHOLE: Machine = { java: ['-XX:+UseParallelGC'], workers: '2' };
/** Two mutants are looked for at a time, each for seconds: a better compiler takes longer than it saves. */
const MUTANT: Machine = { java: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'], workers: '1' };

/** @throws Error with TLC's words where it could not check. */
export async function check(model: Model, { mutant = 'none', only }: Check = {}): Promise<Checked> {
  const folder = await mkdtemp(join(tmpdir(), 'tlc-'));
  try {
    // TLC looks for the configuration beside the module.
    await copyFile(join(FOLDER, `${model.module}.tla`), join(folder, `${model.module}.tla`));
    await writeFile(join(folder, 'model.cfg'), configOf(model, mutant, only));
    const output = await tlc(folder, mutant === 'none' ? WHOLE : MUTANT, model.module);
    return understood(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configOf(model: Model, mutant: string, only: string | undefined): string {
  const { specification, constants, invariants, properties } = model;
  const wanted = (names: readonly string[]) => (only ? names.filter((one) => one === only) : names);
  const section = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [title, ...names.map((name) => `  ${name}`)];
  return [
    `SPECIFICATION ${specification}`,
    // What comes about for one may not for another, so only safety takes them for the same.
    ...(specification === 'Spec' && constants['Outcomes']?.includes(',') ? ['SYMMETRY Perms'] : []),
    'CONSTANTS',
    ...Object.entries({ ...constants, Mutant: `"${mutant}"` }).map(
      ([name, is]) => `  ${name} = ${is}`,
    ),
    ...section('INVARIANTS', wanted(invariants)),
    ...section('PROPERTIES', wanted(properties)),
  ].join('\n');
}

function tlc(cwd: string, machine: Machine, module: string): Promise<string> {
  // It unpacks its own modules into the folder for what is temporary: two that share one read halves.
  const own = `-Djava.io.tmpdir=${cwd}`;
  const java = [...machine.java, '-Xmx1500m', own, '-cp', TLC_JAR, 'tlc2.TLC'];
  // All that may end ends here: a state without a step is no fault.
  const given = ['-workers', machine.workers, '-config', 'model.cfg', module];
  const options = ['-deadlock', '-metadir', 'states', ...given];
  return new Promise((resolve, reject) => {
    const about = { cwd, timeout: LONGEST_MS, maxBuffer: 2 ** 26 };
    execFile('java', [...java, ...options], about, (error, stdout) => {
      // TLC exits with 10 to 13 where it found something.
      if (error === null || (Number(error.code) >= 10 && Number(error.code) <= 13)) resolve(stdout);
      else
        reject(
          new Error(`TLC ended with ${error.code ?? error.signal}:\n${stdout}`, { cause: error }),
        );
    });
  });
}

function understood(output: string): Checked {
  const [, states = ''] = /([\d,]+) distinct states found, /.exec(lastOf(output)) ?? [];
  const violated = /Error: (.*(?:is violated|were violated).*)/.exec(output)?.[1] ?? null;
  const isWhole = output.includes('Model checking completed. No error has been found.');
  if (violated === null && !isWhole) throw new Error(`TLC checked nothing:\n${output}`);
  return { states: Number(states.replaceAll(',', '')), violated, output };
}

/** It tells how far it is every minute; the last line is the whole. */
function lastOf(output: string): string {
  return output.split('\n').findLast((line) => line.includes(' distinct states found, ')) ?? '';
}

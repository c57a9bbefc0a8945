/** What the mutants of a folder come to: its row of the table, and what is wrong with it. */

/** One mutant, with what became of it. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** The code, and what stands in its place. */
  readonly was: string;
  readonly becomes: string;
  /** By Stryker's word. */
  readonly kind: string;
  readonly status: string;
}

/** Why a survivor cannot be seen. Code is compared without its white space, and by its first characters. */
export interface Reason {
  readonly was: string;
  readonly becomes: string;
  readonly why: string;
}

/** Every survivor, by its file. */
export type Reasons = Readonly<Record<string, readonly Reason[]>>;

/** The least share of a folder's mutants that its tests kill, in percent. */
const LEAST_PERCENT = 95;

/** Code of more characters is told by its begin. */
const MOST_SHOWN = 100;

const isKilled = ({ status }: Mutant) => status === 'Killed' || status === 'Timeout';
const isLeft = ({ status }: Mutant) => status === 'Survived' || status === 'NoCoverage';

const shown = (code: string) => code.replaceAll(/\s+/g, ' ').slice(0, MOST_SHOWN);

function sharesOf(mutants: readonly Mutant[]) {
  const [killed, left] = [mutants.filter(isKilled), mutants.filter(isLeft)];
  const all = killed.length + left.length;
  return { killed, left, all, percent: all === 0 ? 100 : (100 * killed.length) / all };
}

/** A row of the table in docs/PROOF.md. What does not even load is no mutant. */
export function rowOf(name: string, mutants: readonly Mutant[], seconds: number): string {
  const { killed, left, all, percent } = sharesOf(mutants);
  const timedOut = mutants.filter(({ status }) => status === 'Timeout').length;
  const cells = [name, all, killed.length, timedOut, `${percent.toFixed(1)} %`, left.length];
  return `| ${cells.join(' | ')} | ${Math.ceil(seconds / 60)} min |`;
}

/**
 * What is wrong with a folder, a line each.
 *
 * @param isPart Whether only some of its files were mutated: then no share is asked for.
 */
export function checked(mutants: readonly Mutant[], reasons: Reasons, isPart: boolean): string[] {
  const { left, percent } = sharesOf(mutants);
  const keyOf = (file: string, { was, becomes }: Pick<Mutant, 'was' | 'becomes'>) =>
    [file, shown(was), shown(becomes)].join('\n');
  const files = new Set(mutants.map(({ file }) => file));
  const known = new Map(
    Object.entries(reasons)
      .filter(([file]) => files.has(file))
      .flatMap(([file, each]) => each.map((reason) => [keyOf(file, reason), reason.why] as const)),
  );
  const survived = new Set(left.map((mutant) => keyOf(mutant.file, mutant)));
  const unknown = left
    .filter((mutant) => !known.get(keyOf(mutant.file, mutant)))
    .map(
      ({ file, line, kind, status, was, becomes }) =>
        `${file}:${line} ${status} ${kind}: ${shown(was)} => ${shown(becomes)}`,
    );
  const gone = [...known.keys()]
    .filter((key) => !survived.has(key))
    .map((key) => `survivors.json names what is killed or gone: ${key.replaceAll('\n', ' | ')}`);
  const isLow = !isPart && percent < LEAST_PERCENT;
  const low = isLow ? [`expected ${LEAST_PERCENT} % killed, got ${percent.toFixed(1)} %`] : [];
  return [...unknown, ...gone, ...low];
}

/** What the benchmarks write into docs/BENCHMARKS.md: the machine, and a table between markers. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';

/** The machine and the runtime, for the head of a table. */
export function machineLine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node ${process.versions.node}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory}`;
}

/** The middle one; NaN of none. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Replaces what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` of a file. */
export async function updateBlock(file: URL, name: string, block: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${file.pathname} has no block ${name}`);
  await writeFile(file, `${text.slice(0, from)}${begin}\n${block}\n${text.slice(to)}`);
}

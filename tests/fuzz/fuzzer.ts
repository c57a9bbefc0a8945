/** A fuzzer that keeps what reaches new code: inputs are changed by chance, and those that do are changed further. */
import type { Chance } from '../../lib/simulation/random.ts';
import { mutate } from './mutate.ts';

/** What is fuzzed. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with. */
  readonly seeds: readonly string[];
  /** @throws what an input must never bring about; refusals that are documented are none. */
  run(input: string): void;
}

/** What became of it. */
export interface Fuzzed {
  readonly executions: number;
  /** Inputs that reached what none before did, the seeds with them. */
  readonly corpus: readonly string[];
  /** Blocks of the project's code that were reached. */
  readonly blocks: number;
  /** The first input that brought about what must never be, and what that was. */
  readonly found: { readonly input: string; readonly error: unknown } | null;
}

/** How many inputs are tried between two looks at the coverage, which take V8 some ten milliseconds each. */
const BATCH = 512;
/** What takes longer than this, in milliseconds, is hostile. */
const LONGEST_MS = 400;

/** Fuzzes until a time, or until something is found. */
export function fuzz(
  target: Target,
  given: {
    /** Which blocks ran since it was asked last. */
    readonly coverage: { take(): ReadonlySet<string> };
    readonly chance: Chance;
    readonly nowMs: () => number;
    readonly untilMs: number;
  },
): Fuzzed {
  const { coverage, chance, nowMs, untilMs } = given;
  const corpus: string[] = [];
  const seen = new Set<string>();
  let executions = 0;
  const timed = (input: string): number => {
    executions += 1;
    const beganMs = nowMs();
    target.run(input);
    return nowMs() - beganMs;
  };
  const tried = (input: string): unknown => {
    try {
      if (timed(input) <= LONGEST_MS) return null;
      // A busy machine pauses anything once.
      const tookMs = timed(input);
      return tookMs > LONGEST_MS ? new Error(`took ${Math.round(tookMs)} ms`) : null;
    } catch (error) {
      return error ?? new Error('threw nothing');
    }
  };
  const reached = (): readonly string[] => [...coverage.take()].filter((block) => !seen.has(block));
  /** Which of them reach something new: they are halved until it is one. */
  const keepNew = (inputs: readonly string[]): void => {
    coverage.take();
    for (const input of inputs) tried(input);
    const blocks = reached();
    if (blocks.length === 0) return;
    if (inputs.length > 1) {
      const half = Math.ceil(inputs.length / 2);
      keepNew(inputs.slice(0, half));
      keepNew(inputs.slice(half));
      return;
    }
    corpus.push(...inputs);
    for (const block of blocks) seen.add(block);
  };
  const ended = (found: Fuzzed['found']): Fuzzed => {
    return { executions, corpus, blocks: seen.size, found };
  };
  const tryAll = (inputs: readonly string[]): Fuzzed['found'] => {
    coverage.take();
    for (const input of inputs) {
      const error = tried(input);
      if (error !== null) return { input, error };
    }
    const blocks = reached();
    if (blocks.length > 0) keepNew(inputs);
    // What is reached by several together, and by none alone, is not asked for again.
    for (const block of blocks) seen.add(block);
    return null;
  };
  let found = tryAll(target.seeds);
  if (corpus.length === 0) corpus.push(...target.seeds);
  while (found === null && nowMs() < untilMs) {
    const batch = Array.from({ length: BATCH }, () => mutate(corpus, chance));
    found = tryAll(batch);
  }
  return ended(found);
}

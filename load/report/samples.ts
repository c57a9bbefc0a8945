/** From the samples of k6 to figures: percentiles, and counts over time. */
import { isLevel, type Level } from '../../lib/level/level.ts';
import { KINDS, type Kind } from '../k6/contract.ts';

/** One answer, as load/k6/answer.ts measured it. */
export interface Answer {
  /** When it had arrived, in epoch milliseconds. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly kind: Kind;
  readonly level: Level | null;
  /** What was wrong with it; empty unless it is outside the contract. */
  readonly why: string;
}

/** The answers of one slice of time. */
export interface Slice {
  /** Where the slice begins, in seconds from the start. */
  readonly fromSeconds: number;
  readonly counts: Readonly<Record<Kind, number>>;
  readonly latency: Latency | null;
}

/** Percentiles of the time to an answer, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const SAMPLE_PREFIX = '{"metric":"answer_ms","type":"Point"';

/** Reads a line of `k6 run --out json`; null unless it is the sample of an answer. */
export function parseSample(line: string): Answer | null {
  if (!line.startsWith(SAMPLE_PREFIX)) return null;
  const { data } = JSON.parse(line) as {
    readonly data: {
      readonly time: string;
      readonly value: number;
      readonly tags: { readonly kind?: string; readonly level?: string; readonly why?: string };
    };
  };
  const { kind, level, why = '' } = data.tags;
  const served = Number(level);
  return {
    atMs: Date.parse(data.time),
    durationMs: data.value,
    kind: KINDS.find((known) => known === kind) ?? 'outside',
    level: isLevel(served) ? served : null,
    why,
  };
}

/** The percentiles of some durations by nearest rank; null if there are none. */
export function latencyOf(durationsMs: readonly number[]): Latency | null {
  if (durationsMs.length === 0) return null;
  const sorted = Float64Array.from(durationsMs).toSorted();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** How many answers there were of each kind. */
export function countKinds(answers: readonly Answer[]): Record<Kind, number> {
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (const { kind } of answers) counts[kind] += 1;
  return counts;
}

const SLICE_SECONDS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600];
const MOST_SLICES = 150;

/** How long the slices of a run are, so that a picture shows at most 150. */
export function sliceSeconds(totalSeconds: number): number {
  return SLICE_SECONDS.find((seconds) => totalSeconds / seconds <= MOST_SLICES) ?? 7_200;
}

/** What is left at the end counts to the slice before, up to this share of a slice. */
const TAIL = 0.2;

/** Cuts the run from startMs to endMs into slices; those without answers are there too. */
export function sliceAnswers(
  answers: readonly Answer[],
  run: { readonly startMs: number; readonly endMs: number },
  seconds: number,
): Slice[] {
  const count = Math.max(1, Math.ceil((run.endMs - run.startMs) / 1_000 / seconds - TAIL));
  const parts: Answer[][] = Array.from({ length: count }, () => []);
  for (const answer of answers) {
    const index = Math.floor((answer.atMs - run.startMs) / 1_000 / seconds);
    parts[Math.min(Math.max(index, 0), count - 1)]?.push(answer);
  }
  return parts.map((part, index) => ({
    fromSeconds: index * seconds,
    counts: countKinds(part),
    latency: latencyOf(part.map(({ durationMs }) => durationMs)),
  }));
}

/** The picture of a simulation: who answered in each second, and the level under it, policy by policy. */
import type { Moved, Played } from '../../lib/simulation/played.ts';
import { KINDS, type Kind } from '../k6/contract.ts';
import { drawAnswers, drawLevel, type Step } from '../report/pictures.ts';
import { sliceSeconds, type Slice } from '../report/samples.ts';
import { stackPictures, type Part } from '../report/stack.ts';
import type { Result } from './play.ts';

/** Draws one scenario's results above each other. */
export async function drawResults(results: readonly Result[]): Promise<string> {
  const parts: Part[] = [];
  for (const { playable, policy, played } of results) {
    const totalSeconds = playable.durationMs / 1_000;
    const title = `${policy.name}: ${playable.title}`;
    const seconds = sliceSeconds(totalSeconds);
    const slices = slicesOf(played, totalSeconds, seconds);
    parts.push({ title, svg: await drawAnswers({ slices, sliceSeconds: seconds, totalSeconds }) });
    parts.push({ title: '', svg: await drawLevel(stepsOf(played, totalSeconds), 0, totalSeconds) });
  }
  return stackPictures(parts);
}

const NONE = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;

function slicesOf(played: Played, totalSeconds: number, seconds: number): Slice[] {
  return Array.from({ length: Math.ceil(totalSeconds / seconds) }, (_, index) => {
    const counts = { ...NONE };
    const from = Math.floor(index * seconds);
    for (const second of played.perSecond.slice(
      from,
      Math.max(from + 1, Math.floor((index + 1) * seconds)),
    )) {
      if (second === undefined) continue;
      counts.full += second.requests - second.failed - second.degraded;
      counts.degraded += second.degraded;
      counts.maintenance += second.maintained;
      counts.error += second.failed - second.maintained;
    }
    return { fromSeconds: index * seconds, counts, latency: null };
  });
}

/** Into how many parts a run is cut, of each of which the first and the last change are drawn. */
const PARTS = 430;

function stepsOf({ changes }: Played, totalSeconds: number): Step[] {
  const partOf = (change: Moved | undefined) =>
    Math.floor(((change?.atMs ?? -1) * PARTS) / (1_000 * totalSeconds));
  const drawn = changes.filter((change, index) => {
    const part = partOf(change);
    return part !== partOf(changes[index - 1]) || part !== partOf(changes[index + 1]);
  });
  const steps = drawn.map(({ atMs, to }): Step => ({ atSeconds: atMs / 1_000, level: to }));
  return [{ atSeconds: 0, level: 1 }, ...steps];
}

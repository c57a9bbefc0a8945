/** The picture of a simulation: who answered in each second, and the level under it, policy by policy. */
import type { Moved, Played } from '../../lib/simulation/played.ts';
import { KINDS, type Kind } from '../k6/contract.ts';
import { drawAnswers, drawLevel, type Step } from '../report/pictures.ts';
import { sliceSeconds, type Slice } from '../report/samples.ts';
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
  return stack(parts);
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

interface Part {
  readonly title: string;
  readonly svg: string;
}

const TITLE_HEIGHT = 26;

/** Puts pictures under each other, on a white ground: a README may be read in the dark. */
function stack(parts: readonly Part[]): string {
  let height = 8;
  let width = 0;
  const placed = parts.map(({ title, svg }) => {
    const [, wide = '0', high = '0'] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
    const label = title === '' ? '' : `<text x="8" y="${height + 16}">${escapeText(title)}</text>`;
    if (title !== '') height += TITLE_HEIGHT;
    const moved = withoutLabels(svg).replace('<svg ', `<svg x="0" y="${height}" `);
    height += Number(high);
    width = Math.max(width, Number(wide));
    return label + moved;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="14">
<rect width="100%" height="100%" fill="#fff"/>
${placed.join('\n')}
</svg>
`;
}

/** A label on each of a thousand bars tells nobody anything, and is most of the file. */
function withoutLabels(svg: string): string {
  return svg.replaceAll(/ (?:aria-[a-z]+|role)="[^"]*"/g, '');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

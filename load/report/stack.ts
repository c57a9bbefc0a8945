/** Puts pictures under each other into one. */
import { escapeHtml } from './escape.ts';

/** A picture with its title; an empty one takes no room. */
export interface Part {
  readonly title: string;
  readonly svg: string;
}

const TITLE_HEIGHT = 26;

/** Puts pictures under each other, on a white ground: a README may be read in the dark. */
export function stackPictures(parts: readonly Part[]): string {
  let height = 8;
  let width = 0;
  const placed = parts.map(({ title, svg }) => {
    const [, wide = '0', high = '0'] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
    const label = title === '' ? '' : `<text x="8" y="${height + 16}">${escapeHtml(title)}</text>`;
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

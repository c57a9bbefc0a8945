/** The state machine, drawn from its ASL, with the way of the last request lit. */
import type { Box } from '../diagram.ts';
import { byId, s, say } from './dom.ts';
import type { Model } from './model.ts';

const [WIDTH, ROW, BOX_WIDTH, BOX_HEIGHT] = [1_080, 46, 128, 24];

const centre = ({ across, row }: Box) => ({ x: across * WIDTH, y: row * ROW + BOX_HEIGHT });

let groups = new Map<string, SVGElement>();
let lines: readonly { readonly from: string; readonly to: string; readonly path: SVGElement }[] =
  [];

/** Draws it, once. */
export function drawWorkflow({ about }: Model): void {
  const { boxes, arrows, rows } = about.diagram;
  const byName = new Map(boxes.map((box) => [box.name, box]));
  lines = arrows.flatMap(([from, to]) => {
    const [start, end] = [byName.get(from), byName.get(to)];
    if (start === undefined || end === undefined) return [];
    return [{ from, to, path: s('path', { d: curve(centre(start), centre(end)) }) }];
  });
  groups = new Map(boxes.map((box) => [box.name, boxOf(box)]));
  const height = rows * ROW + BOX_HEIGHT;
  const picture = s(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'aria-label': 'the workflow of a request',
    },
    ...lines.map(({ path }) => path),
    ...groups.values(),
  );
  byId('diagram').replaceChildren(picture);
}

function boxOf(box: Box): SVGElement {
  const { x, y } = centre(box);
  const left = x - BOX_WIDTH / 2;
  return s(
    'g',
    { class: box.type },
    s('rect', { x: left, y: y - BOX_HEIGHT / 2, width: BOX_WIDTH, height: BOX_HEIGHT }),
    s('text', { x, y: y + 4, 'text-anchor': 'middle' }, box.name),
  );
}

function curve(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const [top, bottom] = [from.y + BOX_HEIGHT / 2, to.y - BOX_HEIGHT / 2];
  const middle = (top + bottom) / 2;
  return `M${from.x} ${top}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${bottom}`;
}

/** Lights the way of the last request. */
export function showWorkflow({ last, about }: Model): void {
  if (last === null) {
    say(
      byId('walked'),
      about.poll === undefined ? 'no request yet' : 'what any request may go through',
    );
    return;
  }
  const went = new Set(last.path);
  for (const [name, group] of groups) group.classList.toggle('lit', went.has(name));
  for (const { from, to, path } of lines)
    path.classList.toggle('lit', went.has(from) && went.has(to));
  const way = last.path.length === 0 ? 'this engine does not tell its way' : last.path.join(' → ');
  say(
    byId('walked'),
    `${last.scope}, ${last.statusCode} from level ${last.level} in ${last.ms.toFixed(0)} ms: ${way}`,
  );
}

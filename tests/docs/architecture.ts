/** The file that shows the workflow's diagram, and the place in it. */
import { readDefinition } from '../statemachines/definition.ts';
import { workflowDiagram } from './workflow-diagram.ts';

export const ARCHITECTURE_FILE = new URL('../../docs/ARCHITECTURE.md', import.meta.url);

const BEGIN = '<!-- workflow:begin -->';
const END = '<!-- workflow:end -->';

const LEGEND =
  'Rectangles are Lambda functions, the cylinder is a direct integration, diamonds choose, rounded ' +
  'boxes only shape data. Dotted arrows are failures that are caught; a thick border ends the ' +
  'workflow, or its branch.';

/** What stands between the markers: the diagram as it must be now. */
export function workflowBlock(): string {
  return ['```mermaid', workflowDiagram(readDefinition()), '```', '', LEGEND].join('\n');
}

/**
 * What stands between the markers of a text.
 *
 * @throws Error if the markers are not there, once each and in order.
 */
export function readBlock(text: string): string {
  const [before, after] = split(text);
  return text.slice(before.length, text.length - after.length).trim();
}

/**
 * The text with another block between its markers.
 *
 * @throws Error if the markers are not there, once each and in order.
 */
export function replaceBlock(text: string, block: string): string {
  const [before, after] = split(text);
  return `${before}\n\n${block}\n\n${after}`;
}

/** What stands before the block and after it, the markers included. */
function split(text: string): [before: string, after: string] {
  const [head, rest, ...more] = text.split(BEGIN);
  const [, tail, ...others] = (rest ?? '').split(END);
  if (head === undefined || tail === undefined || more.length > 0 || others.length > 0) {
    throw new Error(`docs/ARCHITECTURE.md must hold ${BEGIN} and then ${END}, once each`);
  }
  return [`${head}${BEGIN}`, `${END}${tail}`];
}

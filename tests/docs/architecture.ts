/** The file that shows the workflow's diagram, and the place in it. */
import { readDefinition } from '../statemachines/definition.ts';
import { workflowDiagram } from './workflow-diagram.ts';

export const ARCHITECTURE_FILE = new URL('../../docs/ARCHITECTURE.md', import.meta.url);

const LEGEND =
  'Rectangles are Lambda functions, the cylinder is a direct integration, diamonds choose, rounded ' +
  'boxes only shape data. Dotted arrows are failures that are caught; a thick border ends the ' +
  'workflow, or its branch.';

/** What stands between the markers: the diagram as it must be now. */
export function workflowBlock(): string {
  return ['```mermaid', workflowDiagram(readDefinition()), '```', '', LEGEND].join('\n');
}

/** `npm run docs`: writes what the docs show of the code: the workflow's diagram, the tables of policies and parameters. */
import { readFile, writeFile } from 'node:fs/promises';
import { ARCHITECTURE_FILE, workflowBlock } from './architecture.ts';
import { replaceBlock } from './block.ts';
import { parametersBlock, RUNBOOK_FILE } from './parameters.ts';
import { POLICIES_FILE, policiesBlock } from './policies.ts';

await rewrite(ARCHITECTURE_FILE, 'workflow', workflowBlock());
await rewrite(POLICIES_FILE, 'fields', policiesBlock());
await rewrite(RUNBOOK_FILE, 'parameters', parametersBlock());

async function rewrite(file: URL, name: string, block: string): Promise<void> {
  await writeFile(file, replaceBlock(await readFile(file, 'utf8'), name, block));
}

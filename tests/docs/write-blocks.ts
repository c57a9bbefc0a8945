/** `npm run docs`: writes what the docs show of the code: the workflow's diagram and the table of the policies. */
import { readFile, writeFile } from 'node:fs/promises';
import { ARCHITECTURE_FILE, workflowBlock } from './architecture.ts';
import { replaceBlock } from './block.ts';
import { POLICIES_FILE, policiesBlock } from './policies.ts';

await rewrite(ARCHITECTURE_FILE, 'workflow', workflowBlock());
await rewrite(POLICIES_FILE, 'fields', policiesBlock());

async function rewrite(file: URL, name: string, block: string): Promise<void> {
  await writeFile(file, replaceBlock(await readFile(file, 'utf8'), name, block));
}

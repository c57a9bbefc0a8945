/** `npm run docs`: writes the workflow's diagram into docs/ARCHITECTURE.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { ARCHITECTURE_FILE, replaceBlock, workflowBlock } from './architecture.ts';

const text = await readFile(ARCHITECTURE_FILE, 'utf8');
await writeFile(ARCHITECTURE_FILE, replaceBlock(text, workflowBlock()));

/** The pictures of docs/POLICIES.md are those of the code (npm run docs:policies draws them). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawPolicies } from '../../load/report/policy-picture.ts';
import { POLICIES_FILE } from './policies.ts';

test('each policy is drawn as it is, and shown', { timeout: 60_000 }, async () => {
  const text = readFileSync(POLICIES_FILE, 'utf8');
  const pictures = Object.entries(await drawPolicies());
  expect(pictures.map(([name]) => name)).toEqual(['classic', 'bank', 'production']);
  for (const [name, picture] of pictures) {
    const file = new URL(`../../docs/pictures/${name}.svg`, import.meta.url);
    expect(readFileSync(file, 'utf8') === picture, `${name}.svg is another`).toBe(true);
    expect(text).toContain(`](pictures/${name}.svg)`);
  }
});

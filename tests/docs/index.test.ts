/** The index of the documents names each; the decisions stand by area, and their contents lead to each. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const DOCS = new URL('../../docs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, DOCS), 'utf8');

test('docs/README.md leads to every document, once', () => {
  const listed = [...read('README.md').matchAll(/\]\(([^)#]+\.md)\)/g)].map(
    ([, name]) => name ?? '',
  );
  const there = readdirSync(DOCS).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const expected = [...there, '../README.md', 'monitoring/README.md'];
  expect(new Set(listed)).toEqual(new Set(expected));
  expect(listed).toHaveLength(expected.length);
});

test('every decision stands below an area, and the contents lead to each area', () => {
  const [head = '', ...areas] = read('DECISIONS.md').split(/\n## /);
  const titles = areas.map((area) => area.split('\n')[0] ?? '');
  const anchors = [...head.matchAll(/^- \[(.+)\]\(#(.+)\)$/gm)].map(([, title, anchor]) => [
    title,
    anchor,
  ]);
  const anchorOf = (title: string) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-');
  expect(anchors).toEqual(titles.map((title) => [title, anchorOf(title)]));
  expect(head).not.toContain('**');
  for (const area of areas) expect(area).toMatch(/^\*\*/m);
});

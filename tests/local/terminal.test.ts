/** The log as a person at a terminal sees it. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { endOf } from './process.ts';

const LOG = new URL('../../lib/local/log.ts', import.meta.url).href;

test('a change of level stands out on a terminal', async () => {
  const script = `import { createLog } from '${LOG}';
    createLog({ level: 'info', pretty: true }).warn('level changed', { from: 1, to: 2 });`;
  const { stdout } = await endOf({}, [process.execPath, '--input-type=module', '--eval', script]);
  const [, colours] = /(\S+) LEVEL 1 → 2 /.exec(stdout) ?? [];
  expect(colours).not.toBe(stripVTControlCharacters(colours ?? ''));
  expect(stripVTControlCharacters(stdout)).toMatch(
    /^\[\d\d:\d\d:\d\d\] WARN: {2}LEVEL 1 → 2 .*\n$/,
  );
});

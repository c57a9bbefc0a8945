/** The log as a person at a terminal sees it. */
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printableJson } from '../../lib/local/printable.ts';
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

const EVIL = '\x1b]0;owned\x07 \x9b31m \u202e \x7f \r';
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test.each([false, true])('obeys nothing that the log says, pretty: %s', async (pretty) => {
  const script = `import { createLog } from '${LOG}';
    const evil = ${JSON.stringify(EVIL)};
    const error = new Error(evil, { cause: new Error(evil) });
    createLog({ level: 'info', pretty: ${pretty} }).error('face failed', { error, header: evil });`;
  const command = [process.execPath, '--input-type=module', '--eval', script];
  const { stdout } = await endOf({}, command);
  const seen = stripVTControlCharacters(stdout).replaceAll('\n', '');
  expect(seen).not.toMatch(OBEYED);
  expect(seen).toContain('owned');
  expect(stdout).not.toContain('\x9b');
  expect(stdout).not.toContain('\x1b]');
});

test('a line of JSON stays one, and says the same but for what is obeyed', () => {
  const anything = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.dictionary(anything, anything), (fields) => {
      const line = `${JSON.stringify(fields)}\n`;
      const made = printableJson(line);
      expect(made.slice(0, -1).replaceAll(/\\[nt]/g, '')).not.toMatch(OBEYED);
      const parsed = JSON.parse(made) as Readonly<Record<string, string>>;
      const isPlain = !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(Object.entries(fields).flat().join(''));
      if (isPlain) expect(parsed).toEqual(fields);
    }),
  );
});

/** Headers that a terminal would obey do not pass, whichever way it reads their bytes. */
import { expect, test } from 'vitest';
import { answerHeaders, requestHeaders } from '../../lib/services/upstream-headers.ts';

const OPTIONS = { passCors: false, isChanged: false, contentType: undefined } as const;

test.each([
  ['a C1 control as one byte', '\x9b31m', false],
  ['a C1 control as UTF-8', '\xc2\x9b31m', false],
  ['DEL', 'a\x7f', false],
  ['a letter of UTF-8 with such a byte in it', '\xc3\x89', true],
  ['a letter as one byte', '\xe9', true],
  ['plain text', 'a b', true],
] as const)('%s', (_what, value, passes) => {
  const expected = passes ? value : undefined;
  expect(answerHeaders({ 'x-a': value }, OPTIONS)['x-a']).toBe(expected);
  expect(requestHeaders({ 'x-a': value }, 'id')['x-a']).toBe(expected);
});

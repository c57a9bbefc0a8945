/** What a schema finds wrong has words with an end, whatever came. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { issueWords } from '../../lib/store/issue-words.ts';

const LONG = 'x'.repeat(999);
const CUT = `"${'x'.repeat(39)}…`;

test.each<[string, v.GenericSchema, unknown, string]>([
  ['long', v.object({}), LONG, `Invalid type: Expected Object but received ${CUT}`],
  [
    'of what a replacement reads',
    v.number(),
    "$&$'",
    `Invalid type: Expected number but received "$&$'"`,
  ],
  ['short', v.picklist(['a']), 'b', 'Invalid type: Expected "a" but received "b"'],
  [
    'a count',
    v.pipe(v.string(), v.minLength(2)),
    'x',
    'Invalid length: Expected >=2 but received 1',
  ],
  ['of words of its own', v.string('must be a name'), 7, 'must be a name'],
])('%s', (_what, schema, value, words) => {
  const { issues = [] } = v.safeParse(schema, value);
  expect(issues.map(issueWords)).toEqual([words]);
});

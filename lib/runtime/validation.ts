/** What the schemas of the control plane share: strict objects, and problems that name their field. */
import { closest } from 'fastest-levenshtein';
import * as v from 'valibot';
import { isMap } from '../level/state.ts';
import { issueWords } from '../store/issue-words.ts';
import { shortened, shown } from '../store/shown.ts';

/**
 * An object with these fields and no others; an unknown one is refused with the nearest known.
 *
 * @param what The words for it in a refusal, for example `a policy`.
 */
export function strictFields<Entries extends v.ObjectEntries>(what: string, entries: Entries) {
  const known = Object.keys(entries);
  return v.pipe(
    v.custom<Record<string, unknown>>(
      isMap,
      (issue) => `${what} must be an object, ${gotOf(issue)}`,
    ),
    v.strictObject(entries, (issue) => {
      const field = v.getDotPath(issue) ?? '';
      return known.includes(field)
        ? `${field} is missing`
        : `${shortened(field)} is not a field of ${what}; did you mean ${closest(field, known)}?`;
    }),
  );
}

/** What came, as the end of a refusal. */
export function gotOf(issue: v.BaseIssue<unknown>): string {
  return `got ${shown(issue.input, issue.received)}`;
}

/** A whole number in a range, both ends included. */
export function integerFrom(min: number, max: number) {
  const words = (issue: v.BaseIssue<unknown>) =>
    `must be an integer from ${min} to ${max}, ${gotOf(issue)}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(min, words), v.maxValue(max, words));
}

/** The first problem in a sentence that begins with its field. */
export function problemOf(
  issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]],
): string {
  const [issue] = issues;
  const path = issue.path?.map(({ key }) => shortened(String(key))) ?? [];
  // The words of a strict object begin with the field, and know nothing of what is around it.
  const around = issue.type === 'strict_object' ? path.slice(0, -1) : path;
  const separator = issue.type === 'strict_object' ? '.' : ' ';
  const words = issueWords(issue);
  return around.length === 0 ? words : `${around.join('.')}${separator}${words}`;
}

/** What a schema finds wrong, in words that have an end. */
import type { BaseIssue } from 'valibot';
import { shortened } from './shown.ts';

/** The schema's words: where it has none of its own, the library's show all that came, however much it is. */
export function issueWords({ message, received }: BaseIssue<unknown>): string {
  return message.replace(received, () => shortened(received));
}

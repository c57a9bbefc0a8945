/** The states in the words of gobreaker and opossum, for health reports and logs. */
import type { CircuitState } from '../state.ts';

const WORDS = { CLOSED: 'closed', OPEN: 'open', HALF_OPEN: 'half-open' } as const;

export type StateWord = (typeof WORDS)[CircuitState];

export function stateWord(state: CircuitState): StateWord {
  return WORDS[state];
}

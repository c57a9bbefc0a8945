/** Which known word somebody meant who mistyped one. */

/** The first of the known words, at least one, that takes the fewest edits; the given one is short by then. */
export function nearest(word: string, known: readonly string[]): string {
  let [best = '', fewest] = [known[0], Infinity];
  for (const candidate of known) {
    const edits = editsBetween(word, candidate);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Letters to insert, delete or replace. Source: Levenshtein 1966, one row at a time. */
function editsBetween(one: string, other: string): number {
  const row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let from = 1; from <= one.length; from += 1) {
    let diagonal = from - 1;
    row[0] = from;
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = diagonal + (one[from - 1] === other[to - 1] ? 0 : 1);
      diagonal = row[to] ?? 0;
      row[to] = Math.min(replaced, diagonal + 1, (row[to - 1] ?? 0) + 1);
    }
  }
  return row[other.length] ?? 0;
}

/** Texts from outside as a terminal may have them: what it would obey is written as its code. */

/** Every control character, every mark of direction, every end of a line. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The escapes of JSON that have a letter, but for the ends of lines and tabs, which stacks have. */
const SHORT: Readonly<Record<string, number>> = { b: 0x08, f: 0x0c, r: 0x0d };

/** A text on one line. */
export function printable(given: string): string {
  return given.replace(OBEYED, codeOf);
}

/** A text of lines, each as it may be printed, cut to so many characters. */
export function printableLines(given: string, most: number): string {
  return given.slice(0, most).split('\n').map(printable).join('\n');
}

/**
 * A line of JSON with the same in its texts. JSON escapes the controls below a space itself, so there they are
 * found as escapes; who parses the line has them as codes too.
 */
export function printableJson(line: string): string {
  // Nearly every line has nothing of the kind.
  if (!/\\[ubfr]|[^\x20-\x7e\n]/.test(line)) return line;
  const escaped = line.replace(/\\(u[\da-f]{4}|.)/gi, (escape, what: string) => {
    const code = SHORT[what] ?? (what.length === 5 ? Number.parseInt(what.slice(1), 16) : Infinity);
    return code < 0x20 || code === 0x7f ? `\\\\u{${code.toString(16)}}` : escape;
  });
  return escaped.replace(OBEYED, (mark) => (mark === '\n' ? mark : `\\${codeOf(mark)}`));
}

function codeOf(mark: string): string {
  return `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`;
}

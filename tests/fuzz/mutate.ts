/** Makes a new input of known ones: of text by its characters, of JSON by its values too. */
import type { Chance } from '../../lib/simulation/random.ts';

const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  '../',
  '..%2f',
  '%00',
  '\u2028',
  '\u0000',
  '😀',
  '-0',
  '1e999',
  '9007199254740992',
  '{"S":"1"}',
  '[]',
  '{}',
  'null',
  '""',
  '\r\n',
  '#',
  '?',
  '&',
  '=',
  ';',
  '%',
  '\\',
  '2026-11-26T00:00:00.000Z',
  '2026-02-31T00:00:00Z',
  '+0000',
  'NaN',
  'Infinity',
];
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  '0',
  'a'.repeat(2_000),
  [],
  [[]],
  {},
  { __proto__: null },
  { length: -1 },
  { N: '1' },
  { S: '' },
  [null, 1, 'x'],
];
const MOST_LENGTH = 20_000;

/** One to four changes of one of them. */
export function mutate(corpus: readonly string[], chance: Chance): string {
  const any = () => corpus[Math.floor(chance.unit() * corpus.length)] ?? '';
  let text = any();
  const changes = 1 + Math.floor(chance.unit() * 4);
  for (let change = 0; change < changes; change += 1) {
    text =
      (chance.unit() < 0.5 ? mutatedJson(text, chance) : null) ?? mutatedText(text, any(), chance);
  }
  return text.slice(0, MOST_LENGTH);
}

function mutatedText(text: string, other: string, chance: Chance): string {
  const at = Math.floor(chance.unit() * (text.length + 1));
  const to = at + Math.floor(chance.unit() ** 2 * (text.length - at + 1));
  const word = WORDS[Math.floor(chance.unit() * WORDS.length)] ?? '';
  const character = String.fromCharCode(Math.floor(chance.unit() ** 3 * 65_536));
  const ways = [
    () => text.slice(0, at) + word + text.slice(at),
    () => text.slice(0, at) + character + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, to) + text.slice(at),
    () => text.slice(0, at) + other.slice(at),
    () => text.replace(/\d+/, () => String(Math.floor(10 ** (chance.unit() * 18)))),
  ];
  return ways[Math.floor(chance.unit() * ways.length)]?.() ?? text;
}

function mutatedJson(text: string, chance: Chance): string | null {
  try {
    return JSON.stringify(changed(JSON.parse(text), chance)) ?? null;
  } catch {
    return null;
  }
}

/** Goes down by chance, and changes what it comes to. */
function changed(value: unknown, chance: Chance): unknown {
  const drawn = () => VALUES[Math.floor(chance.unit() * VALUES.length)];
  if (typeof value !== 'object' || value === null || chance.unit() < 0.1) return drawn();
  const entries = Object.entries(value);
  const at = Math.floor(chance.unit() * entries.length);
  const [name, inner] = entries[at] ?? ['', undefined];
  const way = chance.unit();
  if (way < 0.1) entries.splice(at, 1);
  else if (way < 0.2)
    entries.push([WORDS[Math.floor(chance.unit() * WORDS.length)] ?? '', drawn()]);
  else entries.splice(at, 1, [name, changed(inner, chance)]);
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

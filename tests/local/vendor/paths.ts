/** Paths, documents and templates to compare interpreters on: those of the deployed file, and generated ones. */
import fc from 'fast-check';
import { readDefinition } from '../../statemachines/definition.ts';

/** Every path that stands in the deployed file, inside intrinsic functions too. */
export function deployedPaths(): string[] {
  const paths = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      for (const [path] of value.matchAll(/\$\$?[\w.[\]']*/g)) paths.add(path.replace('$$', '$'));
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(readDefinition());
  return [...paths];
}

/** A document in which a path leads to each of these ends, or breaks off before it. */
export function documentsFor(path: string): unknown[] {
  const keys = path.match(/\w+/g) ?? [];
  const ends = [1, 0, '', 'text', true, false, null, {}, [], { a: 1 }, ['a'], undefined];
  const nest = (names: readonly string[], end: unknown): unknown =>
    names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), end);
  return [
    ...ends.map((end) => nest(keys, end)),
    ...keys.flatMap((_key, depth) => ends.map((end) => nest(keys.slice(0, depth), end))),
  ];
}

const NAMES = ['a', 'b', 'c', 'Item', 'x_1', '_y', 'length', 'constructor', 'a-b', 'ñ', '0', '1'];
const name = fc.constantFrom(...NAMES);

/** JSON values of the same few names, so that paths often lead somewhere; also names of JavaScript's own. */
export const documents: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, -1.5, '', 'a', 'length'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(name, fc.constant('__proto__')), tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Steps that are not plain. */
const UNCOMMON = [
  ...'.* [*] ..a ..* [0:2] [-1:] [0,1] .a^ .a~ .`a . [?(@.a)] [?(@.a==1)] [(@.length-1)]'.split(
    ' ',
  ),
  "['a','b']",
  "['a.b']",
  '["a"]',
  '',
  ' .a',
];

const step = fc.oneof(
  { weight: 6, arbitrary: name.map((key) => `.${key}`) },
  { weight: 3, arbitrary: name.map((key) => `['${key}']`) },
  { weight: 2, arbitrary: fc.nat(3).map((index) => `[${index}]`) },
  fc.constantFrom(...UNCOMMON),
);

/** Paths: most of them plain, some of every other kind. */
export const paths: fc.Arbitrary<string> = fc
  .array(step, { maxLength: 4 })
  .map((steps) => `$${steps.join('')}`);

const source = fc.oneof(
  { weight: 4, arbitrary: paths },
  { weight: 1, arbitrary: paths.map((path) => path.replace('$', '$$$$')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('Format', 'Array', 'JsonToString', 'StringToJson', 'ArrayLength'),
        paths,
      )
      .map(([named, path]) =>
        named === 'Format' ? `States.Format('<{}>', ${path})` : `States.${named}(${path})`,
      ),
  },
  { weight: 1, arbitrary: paths.map((path) => `States.JsonMerge($, ${path}, false)`) },
);

/** Payload templates: paths and intrinsic functions among constants. */
export const templates: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  template: fc
    .tuple(
      fc.dictionary(fc.constantFrom('p.$', 'q.$', 'r.$'), source, { maxKeys: 2 }),
      fc.dictionary(
        fc.constantFrom('c', 'd'),
        fc.oneof({ depthSize: 'small' }, fc.constantFrom(1, 'text', null, true), tie('template')),
        { maxKeys: 2 },
      ),
    )
    .map(([dynamic, constant]) => ({ ...constant, ...dynamic })),
})).template;

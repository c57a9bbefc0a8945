/** The walk along plain paths gives what jsonpath-plus gives, for every path and document. */
// Unlike expect it takes no key for a meaning, such as constructor.
import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { JSONPath as published } from 'jsonpath-plus';
import { describe, expect, test } from 'vitest';
import { JSONPath } from '../../../lib/local/vendor/json-path.ts';
import { deployedPaths, documents, documentsFor, paths } from './paths.ts';

/** What comes of asking, an error included; two undefined values are not told from a missing one. */
const outcomeOf = (ask: () => unknown) => {
  try {
    return { value: ask() };
  } catch (error) {
    return { error: String(error) };
  }
};

const bothOf = (path: string, json: unknown) => {
  const query = { path, json, wrap: false } as const;
  return {
    ours: outcomeOf(() => JSONPath(query)),
    theirs: outcomeOf(() => (published as (options: typeof query) => unknown)(query)),
  };
};

const DEPLOYED = deployedPaths();

test('there are paths in the deployed file to compare', () => {
  expect(DEPLOYED.length).toBeGreaterThan(30);
});

test.each(DEPLOYED)('%s, whatever it leads to', (path) => {
  for (const json of documentsFor(path)) {
    const { ours, theirs } = bothOf(path, json);
    deepStrictEqual(ours, theirs);
  }
});

test('any path in any document', () => {
  fc.assert(
    fc.property(paths, documents, (path, json) => {
      const { ours, theirs } = bothOf(path, json);
      deepStrictEqual(ours, theirs);
    }),
    { numRuns: 4_000 },
  );
});

describe('what it is for', () => {
  /** How many errors with a stack are made while something runs. */
  const errorsMade = (act: () => void): number => {
    const original = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    let made = 0;
    // The limit is read when an error captures its stack.
    Object.defineProperty(Error, 'stackTraceLimit', {
      configurable: true,
      get: () => {
        made += 1;
        return 10;
      },
    });
    try {
      act();
    } finally {
      if (original) Object.defineProperty(Error, 'stackTraceLimit', original);
    }
    return made;
  };

  test.each(['$.a', '$.*', '$..b'])('%s yields a primitive without an error', (path) => {
    expect(errorsMade(() => JSONPath({ path, json: { a: 1 }, wrap: false }))).toBe(0);
  });

  test('jsonpath-plus still makes one; when it does not, lib/local/vendor/json-path.ts can go', () => {
    const query = { path: '$.a', json: { a: 1 }, wrap: false };
    const source = String(published);
    expect(published(query)).toBe(1);
    expect(source).toContain('throw new NewError(ret)');
  });
});

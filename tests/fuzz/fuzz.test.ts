/** The fuzzer finds what lies behind new code, and the parsers take what they are begun with. */
import { describe, expect, test } from 'vitest';
import { chanceOf } from '../../lib/simulation/random.ts';
import { fuzz, type Target } from './fuzzer.ts';
import { TARGETS } from './targets.ts';

/** Looks at the time are its time, so that a slow machine tries as much. */
function fuzzing(target: Target, looks: number, reached: Set<string> = new Set()) {
  let nowMs = 0;
  const tick = () => {
    nowMs += 1;
    return nowMs;
  };
  const coverage = {
    take() {
      const taken = new Set(reached);
      reached.clear();
      return taken;
    },
  };
  return fuzz(target, { coverage, chance: chanceOf(1), nowMs: tick, untilMs: looks });
}

describe.each(TARGETS)('$name', (target) => {
  test('takes its seeds, and what becomes of them', () => {
    const { found, executions } = fuzzing(target, 1_000);
    expect(found).toBeNull();
    expect(executions).toBeGreaterThan(500);
  });
});

test('an input that reaches new code is kept, and leads to what lies behind it', () => {
  const reached = new Set<string>();
  const behind: Target = {
    name: 'a fault behind three doors',
    seeds: ['{"a":1,"b":2,"c":3}'],
    run(input) {
      if (!/"a":null/.test(input)) return;
      reached.add('first');
      if (!/"b":\{\}/.test(input)) return;
      reached.add('second');
      if (/"c":""/.test(input)) throw new TypeError('behind all of them');
    },
  };
  const guided = fuzzing(behind, 200_000, reached);
  expect(String(guided.found?.error)).toBe('TypeError: behind all of them');
  expect(guided.corpus.length).toBeGreaterThan(1);
});

test('what takes long is found too', () => {
  let nowMs = 0;
  const slow: Target = {
    name: 'slow',
    seeds: ['a'],
    run: (input) => {
      nowMs += input.length > 1 ? 1_000 : 1;
    },
  };
  const coverage = { take: () => new Set<string>() };
  const given = { coverage, chance: chanceOf(1), nowMs: () => nowMs, untilMs: 5_000 };
  expect(String(fuzz(slow, given).found?.error)).toBe('Error: took 1000 ms');
});

/** The protocol as it is specified: every state of it, and every part that it could not do without. */
import { afterAll, describe, expect, test } from 'vitest';
import { MODELS } from './models.ts';
import { check } from './tlc.ts';

const lines: string[] = [];

test.each(['LevelCounts', 'LevelRate'])('each rule of %s has a mutant', (module) => {
  const models = MODELS.filter((model) => model.module === module);
  const rules = models.flatMap(({ invariants, properties }) => [...invariants, ...properties]);
  const broken = models.flatMap(({ mutants }) => Object.keys(mutants));
  expect(new Set([...broken, 'TypeOK'])).toEqual(new Set(rules));
});

afterAll(() => {
  process.stdout.write(`\n${lines.join('\n')}\n`);
});

describe.each(MODELS)('$module: $name', (model) => {
  const { module, name, mutants } = model;

  test('all of it holds in every state', async () => {
    const { states, violated, output } = await check(model);
    // What TLC said is the way to what it found.
    if (violated !== null) throw new Error(output);
    expect(states).toBeGreaterThan(1_000);
    lines.push(`${states.toLocaleString('en')} distinct states: ${module}, ${name}`);
  });

  const pairs = Object.entries(mutants).flatMap(([property, names]) =>
    names.map((mutant) => ({ property, mutant })),
  );

  test.concurrent.each(pairs)('$property fails for $mutant', async ({ property, mutant }) => {
    const { violated } = await check(model, { mutant, only: property });
    expect(violated).not.toBeNull();
  });
});

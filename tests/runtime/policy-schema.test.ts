/** Policies from outside: what is taken, what is refused, and in which words. */
import { readFileSync } from 'node:fs';
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bank, classic, PRESETS, production, type Policy } from '../../lib/level/policy.ts';
import {
  MAX_COUNT,
  MAX_LIST,
  overridePolicy,
  POLICY_FIELDS,
  type PolicyField,
} from '../../lib/runtime/policy-schema.ts';

const document = parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'), {
  merge: true,
}) as {
  readonly components: {
    readonly schemas: {
      readonly Count: object;
      readonly PolicyOverrides: { readonly properties: Readonly<Record<string, unknown>> };
    };
  };
};

describe('overriding a policy', () => {
  test.each([
    ['an empty map', {}, classic],
    ['one number', { errorsToDegrade: 3 }, { ...classic, errorsToDegrade: 3 }],
    ['a whole preset', bank, bank],
    ['a preset of another judge', production, production],
    ['lists that turn off', { countStatuses: [], ramp: [] }, classic],
    [
      'zeros that turn off',
      { slowAfterMs: 0, probeIntervalMs: 0, exerciseDegradedPercent: 0 },
      classic,
    ],
  ])('%s', (_what, overrides, policy) => {
    expect(overridePolicy(classic, overrides)).toMatchObject({ ok: true, policy });
  });

  test.each([
    [{ errorsToDegrade: 0 }, `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got 0`],
    [
      { errorsToDegrade: 1.5 },
      `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got 1.5`,
    ],
    [
      { successesToFull: '5' },
      `successesToFull must be an integer from 1 to ${MAX_COUNT}, got "5"`,
    ],
    [
      { probesToDegraded: MAX_COUNT + 1 },
      `probesToDegraded must be an integer from 1 to ${MAX_COUNT}, got ${MAX_COUNT + 1}`,
    ],
    [
      { errorsToDegrade: NumberValue.from('9007199254740993') },
      `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got 9007199254740993`,
    ],
    [
      { errorsToDegrade: 'x'.repeat(99) },
      `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got "${'x'.repeat(39)}…`,
    ],
    [{ errorsToDegrade: 10 }, 'errorsToDegrade must be below errorsToMaintenance, got 10 and 10'],
    [
      { errorsToDegrad: 3 },
      'errorsToDegrad is not a field of a policy; did you mean errorsToDegrade?',
    ],
    [{ dwelMs: 1_000 }, 'dwelMs is not a field of a policy; did you mean dwellMs?'],
    [{ judge: 'votes' }, 'judge must be counts or rate, got "votes"'],
    [{ shield: true }, 'shield must be off or safe or all, got true'],
    [{ windowMs: 1_500 }, 'windowMs must be whole seconds in ms, got 1500'],
    [{ dwellMs: -1 }, 'dwellMs must be an integer from 0 to 3600000, got -1'],
    [{ degradePercent: 0 }, 'degradePercent must be a number from 1 to 100, got 0'],
    [{ deviationPercent: 26 }, 'deviationPercent must be at most degradePercent, got 26 and 25'],
    [{ slowAfterMs: 0.5 }, 'slowAfterMs must be 0, or an integer from 1 to 10000, got 0.5'],
    [
      { exerciseDegradedPercent: 51 },
      'exerciseDegradedPercent must be 0, or a number from 0.1 to 50, got 51',
    ],
    [{ countStatuses: 429 }, 'countStatuses must be a list of at most 10 numbers, got 429'],
    [{ countStatuses: [500] }, 'countStatuses.0 must be an integer from 400 to 499, got 500'],
    [{ countStatuses: [429, 429] }, 'countStatuses must have no number twice, got Array'],
    [
      { countStatuses: Array.from({ length: 11 }, (_, index) => 400 + index) },
      'countStatuses must be a list of at most 10 numbers, got 11',
    ],
    [{ ramp: [25, 5] }, 'ramp must grow from step to step, got [25,5]'],
    [{ ramp: [100] }, 'ramp.0 must be a number from 0.1 to 99, got 100'],
    [
      { judge: 'rate' },
      'ramp must have a step where judge is rate: level 1 begins on evidence of the full face alone',
    ],
    [
      { dwellMs: 2_000, maxDwellMs: 1_000 },
      'dwellMs must be at most maxDwellMs, got 2000 and 1000',
    ],
    [
      { probeIntervalMs: 2_000, maxProbeIntervalMs: 1_000 },
      'probeIntervalMs must be at most maxProbeIntervalMs, got 2000 and 1000',
    ],
    [null, 'a policy must be an object, got null'],
    ['classic', 'a policy must be an object, got "classic"'],
    [[3, 4], 'a policy must be an object, got Array'],
    [new Set(['errorsToDegrade']), 'a policy must be an object, got [object Set]'],
    [NumberValue.from('9007199254740993'), 'a policy must be an object, got 9007199254740993'],
  ])('%o is refused', (overrides, problem) => {
    expect(overridePolicy(classic, overrides)).toEqual({ ok: false, problem });
  });
});

describe('every field', () => {
  const names = Object.keys(POLICY_FIELDS) as (keyof Policy)[];

  test('is a field of every preset, and of no other name', () => {
    for (const preset of Object.values(PRESETS)) expect(Object.keys(preset)).toEqual(names);
  });

  test.each(Object.entries(PRESETS))('of %s is in its range', (_name, preset) => {
    expect(overridePolicy(classic, preset)).toEqual({
      ok: true,
      policy: preset,
      overrides: preset,
    });
  });

  test.each(names.map((name) => [name, POLICY_FIELDS[name]] as const))(
    '%s is what the contract says of it',
    (name, field) => {
      const schemas = document.components.schemas;
      const given = schemas.PolicyOverrides.properties[name] as object;
      const count = JSON.stringify(schemas.Count);
      const text = JSON.stringify(given).replace('{"$ref":"#/components/schemas/Count"}', count);
      expect(JSON.parse(text)).toEqual(schemaOf(field));
    },
  );
});

/** The same in the words of JSON Schema. */
function schemaOf(field: PolicyField): object {
  if (field.kind === 'words') return { type: 'string', enum: field.words };
  const { min, max, whole, orOff } = field;
  const type = whole ? 'integer' : 'number';
  const number = { type, minimum: min, maximum: max };
  if (field.kind === 'list') {
    return { type: 'array', maxItems: MAX_LIST, uniqueItems: true, items: number };
  }
  if (field === POLICY_FIELDS.windowMs) return { ...number, multipleOf: 1_000 };
  // From 1 on, 0 is the next whole number.
  if (orOff && whole && min === 1) return { ...number, minimum: 0 };
  return orOff ? { anyOf: [{ const: 0 }, number] } : number;
}

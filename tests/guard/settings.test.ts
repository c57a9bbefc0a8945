/** The options of the guard as it uses them: what stands for an absent one, and what a row may override. */
import { describe, expect, test, vi } from 'vitest';
import { readGuardOptions } from '../../lib/guard/options.ts';
import { classic, production } from '../../lib/level/policy.ts';
import { systemClock } from '../../lib/runtime/clock.ts';
import { ConfigError } from '../../lib/runtime/settings.ts';
import { within } from '../../lib/shared/within.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { Counts, CountingStore, HandClock, patiently } from './given.ts';

const store = new CountingStore();
const SETTLE_MS = 1_200;

test('what is not given has its default', () => {
  const settings = readGuardOptions({ store });
  expect(settings).toMatchObject({
    scope: 'default',
    deployed: { ...production, settleMs: SETTLE_MS },
    signals: 'direct',
    failOpenLevel: 1,
  });
  expect(settings.store).toBe(store);
  expect(settings.clock).toBe(systemClock);
  expect(settings.within).toBe(within);
  expect(settings.random()).toBeLessThan(1);
  const { telemetry } = settings;
  const set = { Scope: 'default', Level: '1' } as const;
  expect(() => {
    telemetry.debug('');
    telemetry.info('');
    telemetry.warn('');
    telemetry.error('');
    telemetry.count('StaleOutcome', 'default');
    telemetry.measure('Service', set, { Success: 1, Error: 0 });
  }).not.toThrow();
});

test('what is given is taken', () => {
  const [clock, telemetry, random] = [new HandClock(), new Counts(), () => 0];
  const given = {
    scope: 'orders-2',
    signals: 'both',
    failOpenLevel: 3,
    clock,
    telemetry,
    random,
    within: patiently,
  } as const;
  expect(readGuardOptions({ store, policy: 'classic', ...given })).toMatchObject({
    ...given,
    deployed: { ...classic, settleMs: SETTLE_MS },
  });
});

test('a table by its name is one of DynamoDB', () => {
  expect(readGuardOptions({ table: 'Levels' }).store).toBeInstanceOf(DynamoLevelStore);
});

test('nothing is judged until all can have read and told, or later where it is wished', () => {
  const settleMs = (ms: number) =>
    readGuardOptions({ store, overrides: { settleMs: ms } }).deployed.settleMs;
  expect(settleMs(0)).toBe(SETTLE_MS);
  expect(settleMs(5_000)).toBe(5_000);
});

test.each<[object, RegExp]>([
  [{ table: 'A', store }, /^withLevels: expected table or store, got both of them$/],
  [{}, /^withLevels: expected table or store, got none of them$/],
  [{ table: '' }, /^withLevels: .*table must be the name of a table/],
  [{ store, scope: 'x'.repeat(33) }, /^withLevels: .*scope must be up to 32 lower-case letters/],
  [{ store, scope: '1a' }, /scope/],
  [{ store, scope: 'a_b' }, /scope/],
  [{ store, policy: 'none' }, /policy/],
  [{ store, signals: 'none' }, /signals/],
  [{ store, failOpenLevel: 0 }, /failOpenLevel must be 1, 2 or 3/],
  [{ store, overrides: { dwellMs: -1 } }, /^withLevels: overrides\.dwellMs/],
  [{ store: 'A' }, /store must be an object/],
  [{ store, telemetry: 'A' }, /telemetry must be an object/],
  [{ store, clock: 'A' }, /clock must be an object/],
  [{ store, random: 1 }, /random must be a function/],
  [{ store, within: 1 }, /within must be a function/],
  [{ store, extra: 1 }, /extra is not a field of the options/],
])('%o is refused', (options, words) => {
  const read = () => readGuardOptions(options);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(words);
});

describe('what a row overrides', () => {
  const given = () => {
    const telemetry = new Counts();
    const warn = vi.spyOn(telemetry, 'warn');
    const { policyOf, deployed } = readGuardOptions({ store, telemetry, scope: 'orders' });
    return { telemetry, warn, policyOf, deployed };
  };

  test('nothing: the deployed policy is in force', () => {
    const { policyOf, deployed, warn } = given();
    expect(policyOf(undefined)).toBe(deployed);
    expect(warn).not.toHaveBeenCalled();
  });

  test('what validates is in force', () => {
    const { policyOf, deployed, warn } = given();
    expect(policyOf({ dwellMs: 1_000, settleMs: 0 })).toEqual({ ...deployed, dwellMs: 1_000 });
    expect(warn).not.toHaveBeenCalled();
  });

  test('what does not is ignored, told and counted', () => {
    const { policyOf, deployed, warn, telemetry } = given();
    expect(policyOf({ dwellMs: -1 })).toBe(deployed);
    expect(warn).toHaveBeenCalledExactlyOnceWith('row policy ignored', {
      scope: 'orders',
      problem: expect.stringContaining('dwellMs') as string,
    });
    expect([...telemetry.events]).toEqual([['PolicyIgnored', 1]]);
  });
});

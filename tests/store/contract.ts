/** The contract of the level store's port: every implementation is held to all of it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { classic } from '../../lib/level/policy.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { stateKeyOf } from '../../lib/store/level-store.ts';
import type { Backend } from './simulated-store.ts';
import { describeAuthors } from './contract-authors.ts';
import { describeControlWrites } from './contract-control.ts';
import { describeFences } from './contract-fences.ts';
import { describeProtocol } from './contract-protocol.ts';
import { EARLIER, givenRow, NOW, NOW_MS, type Given } from './steps.ts';

/** Runs the whole contract against one implementation. */
export function describeLevelStore(name: string, open: () => Promise<Backend>): void {
  describe(`the level store: ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
      return () => backend.close();
    });
    const given: Given = (attributes) => givenRow(backend, attributes);
    describeReads(given);
    describeWrites(given);
    describeFences(given);
    describeProtocol(given);
    describeControlWrites(given);
    describeAuthors(given);
  });
}

const UNFENCED = { kind: 'as-read', currentLevel: undefined, epoch: undefined } as const;

const MINIMAL = { currentLevel: 2, errorCount: 7, lastUpdated: EARLIER };

function describeReads(given: Given): void {
  describe('reading', () => {
    test('a missing row is undefined', async () => {
      const row = await given(null);
      expect(await row.read()).toBeUndefined();
    });

    test('a row comes back as it was put, malformed attributes and foreign ones included', async () => {
      const attributes = {
        currentLevel: 'two',
        epoch: 1.5,
        history: [null],
        extra: { deep: [true] },
      };
      const row = await given(attributes);
      expect(await row.read()).toEqual({ ...attributes, PK: row.stateKey });
    });

    test('the default scope has the plain key, a named one a key of its own', () => {
      expect(stateKeyOf('default')).toBe('SYSTEM_STATE');
      expect(stateKeyOf('payments')).toBe('SYSTEM_STATE#payments');
    });
  });
}

function describeWrites(given: Given): void {
  describe('writing', () => {
    test('a write whose fence an absent row meets creates it', async () => {
      const row = await given(null);
      const item = await row.write({ expect: UNFENCED, set: { lastUpdated: NOW } });
      expect(item).toEqual({ PK: row.stateKey, lastUpdated: NOW });
      expect(await row.read()).toEqual(item);
    });

    test('a write whose fence fails leaves a missing row missing', async () => {
      const row = await given(null);
      const fence = { ...UNFENCED, epoch: 1 };
      expect(await row.write({ expect: fence, set: { lastUpdated: NOW } })).toBeNull();
      expect(await row.read()).toBeUndefined();
    });

    test('a write whose fence fails changes nothing', async () => {
      const row = await given(MINIMAL);
      const write: ConditionalWrite = {
        expect: UNFENCED,
        set: { successCount: 0 },
        add: { errorCount: 1 },
        remove: ['override'],
      };
      expect(await row.write(write)).toBeNull();
      expect(await row.read()).toEqual({ ...MINIMAL, PK: row.stateKey });
    });

    test('it sets, adds and removes in one step, keeps the rest and returns the whole row', async () => {
      const row = await given({ ...MINIMAL, override: { reason: 'x', untilMs: 1 }, extra: 'kept' });
      const item = await row.write({
        expect: { kind: 'evidence', level: 2, epoch: 0, atMs: NOW_MS, evidence: [] },
        set: { epoch: 9, lastUpdated: NOW },
        add: { errorCount: 1 },
        remove: ['override'],
      });
      const expected = { ...MINIMAL, errorCount: 8, epoch: 9, lastUpdated: NOW, extra: 'kept' };
      expect(item).toEqual({ ...expected, PK: row.stateKey });
      expect(await row.read()).toEqual(item);
    });

    test('what is set where there is none stays where there is one', async () => {
      const row = await given(MINIMAL);
      const write = { expect: { ...UNFENCED, currentLevel: 2 }, set: { lastUpdated: NOW } };
      const item = await row.write({ ...write, setIfAbsent: { errorCount: 1, run: 1 } });
      expect(item).toEqual({ ...MINIMAL, lastUpdated: NOW, run: 1, PK: row.stateKey });
    });

    test('a write without a fence is applied, whatever is there', async () => {
      const row = await given(null);
      for (const level of [1, 2]) {
        const item = await row.write({ expect: { kind: 'none' }, set: { currentLevel: level } });
        expect(item).toEqual({ currentLevel: level, PK: row.stateKey });
      }
    });

    test('an absent count is added to from zero, and an absent attribute is removed without a word', async () => {
      const row = await given({ currentLevel: 1 });
      const item = await row.write({
        expect: { ...UNFENCED, currentLevel: 1 },
        set: {},
        add: { errorCount: 1, successCount: 1 },
        remove: ['override', 'policy'],
      });
      expect(item).toMatchObject({ errorCount: 1, successCount: 1 });
    });

    test('maps and lists are kept as given', async () => {
      const row = await given(null);
      const change = { epoch: 1, from: 1, to: 3, at: NOW, reason: 'pin' } as const;
      const set = {
        history: [change, change],
        override: { reason: 'naïve ☂', untilMs: NOW_MS },
        policy: { ...classic },
      };
      expect(await row.write({ expect: UNFENCED, set })).toEqual({ ...set, PK: row.stateKey });
    });

    test('adding to what is no number is refused and changes nothing', async () => {
      const row = await given({ ...MINIMAL, errorCount: 'many' });
      const fence = { kind: 'evidence', level: 2, epoch: 0, atMs: NOW_MS, evidence: [] } as const;
      const write = row.write({ expect: fence, set: { lastUpdated: NOW }, add: { errorCount: 1 } });
      await expect(write).rejects.toThrow(StoreUnavailableError);
      expect(await row.read()).toEqual({ ...MINIMAL, errorCount: 'many', PK: row.stateKey });
    });

    test('rows do not share anything', async () => {
      const [one, other] = [await given(MINIMAL), await given(MINIMAL)];
      await one.write({ expect: { ...UNFENCED, currentLevel: 2 }, set: { errorCount: 0 } });
      expect(await other.read()).toEqual({ ...MINIMAL, PK: other.stateKey });
    });
  });
}

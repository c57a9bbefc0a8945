/** The rows of breakers on DynamoDB: the simulated table and the real one make the same of any write, and a fleet walks through its states there. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openTable, type EmbeddedTable } from '../../lib/local/table.ts';
import {
  breakerKeyOf,
  CLOSED_ROW,
  parseBreakerRow,
  partsOfKey,
  type BreakerRow,
} from '../../lib/shared/breaker-row.ts';
import * as writes from '../../lib/shared/breaker-writes.ts';
import { FLEET_DEFAULTS, rulesOrNull, rulesOver } from '../../lib/shared/fleet-rules.ts';
import type { RowItem, RowWrite } from '../../lib/shared/row-write.ts';
import { applyRowWrite } from '../../lib/simulation/breaker-table.ts';
import { itemBytes } from '../../lib/simulation/item-bytes.ts';
import { DynamoBreakerStore } from '../../lib/store/dynamo-breaker-store.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { historyKeyOf, stateKeyOf } from '../../lib/store/level-store.ts';
import { START_MS } from '../guard/given.ts';
import { givenFleet } from './given.ts';

let table: EmbeddedTable;
let store: DynamoBreakerStore;

beforeAll(async () => {
  table = await openTable({ tableName: 'Breakers', region: 'us-east-1' });
  store = new DynamoBreakerStore(createDocumentClient(table.connection), 'Breakers');
  return () => table.close();
});

const RULES = { ...FLEET_DEFAULTS, permitted: 2 };

/** Every write that there is, on what was read: some of it a little while ago. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'tell',
      'open',
      'claim',
      'permit',
      'success',
      'dropped',
      'takeOver',
      'close',
      'hold',
      'release',
      'configure',
    ),
    stale: fc.nat(4).map((dice) => dice === 0),
    afterMs: fc.nat(9_000),
    hash: fc.nat(63),
    failures: fc.nat(3),
  }),
  { minLength: 1, maxLength: 25 },
);

function writeOf(
  row: BreakerRow,
  step: { readonly kind: string; readonly hash: number; readonly failures: number },
  atMs: number,
): RowWrite {
  const { kind, hash, failures } = step;
  const slot = Math.floor(atMs / RULES.window);
  const counted = new Map([
    [slot - 1, { requests: 4, failures }],
    [slot, { requests: 2, failures: 0 }],
  ]);
  const made: Partial<Record<string, () => RowWrite>> = {
    tell: () => writes.tell(row, counted, hash, RULES, atMs),
    open: () => writes.open(row, RULES, 5_000, atMs),
    claim: () => writes.claim(row, RULES, atMs),
    permit: () => writes.takePermit(row, RULES, atMs),
    success: () => writes.giveBack(row.epoch, true),
    dropped: () => writes.giveBack(row.epoch, false),
    takeOver: () => writes.takeOver(row, RULES, atMs),
    close: () => writes.close(row, RULES, atMs),
    hold: () => writes.hold(row, { state: 'OPEN', untilMs: atMs + 9_000 }, RULES, atMs),
    release: () => writes.release(row, RULES, atMs),
    configure: () => writes.configure(row, { quorum: 3, ramp: [5, 50] }, RULES, atMs),
  };
  const make = made[kind];
  if (make === undefined) throw new Error(`there is no write ${kind}`);
  return make();
}

test('whatever is written, in whatever order', async () => {
  let run = 0;
  let most = 0;
  const applied = new Set<string>();
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      run += 1;
      const key = breakerKeyOf('property', String(run));
      let model: RowItem | undefined;
      let [row, before, atMs] = [CLOSED_ROW, CLOSED_ROW, START_MS];
      for (const step of given) {
        atMs += step.afterMs;
        const write = writeOf(step.stale ? before : row, step, atMs);
        const after = applyRowWrite(model, write);
        const item = await store.write(key, write);
        expect(item === null ? null : { ...item, PK: undefined }).toEqual(
          after === null ? null : { ...after, PK: undefined },
        );
        if (item === null || after === null) continue;
        applied.add(step.kind);
        [model, before, row] = [after, row, parseBreakerRow(item)];
        most = Math.max(most, itemBytes(item));
      }
      const { PK: _key, ...read } = (await store.read(key)) ?? {};
      expect(read).toEqual(model ?? {});
    }),
    { numRuns: 40, seed: 20_261_126 },
  );
  expect([...applied].toSorted()).toHaveLength(11);
  // A write is one unit, a read half of one.
  expect(most).toBeLessThanOrEqual(1_024);
});

test('the fullest row is one write unit: 64 failing environments in each of two slots', async () => {
  const key = breakerKeyOf('a-service-of-some-length', 'an-operation-of-some-length', 'a-tenant');
  let item: RowItem | null = null;
  for (let hash = 0; hash < 64; hash += 1) {
    const slot = Math.floor(START_MS / RULES.window);
    const counts = { requests: 1_000_000, failures: 1_000_000 };
    const counted = new Map([
      [slot - 1, counts],
      [slot, counts],
    ]);
    item = await store.write(key, writes.tell(CLOSED_ROW, counted, hash, RULES, START_MS));
  }
  expect(itemBytes(item ?? {})).toBeLessThanOrEqual(1_024);
});

describe('a fleet on it', () => {
  test('opens, is probed by one, closes, and takes evidence again', async () => {
    const { fleet, call, round, clock } = givenFleet(5, {
      store,
      operation: 'walk',
      minimumRequests: 5,
    });
    const key = breakerKeyOf('payments', 'walk');
    for (let rounds = 0; (await store.read(key))?.['state'] !== 'OPEN'; rounds += 1) {
      expect(rounds).toBeLessThan(12);
      await round(true);
      clock.on(1_000);
    }
    clock.on(61_000);
    const answers = await Promise.all(fleet.map((breaker) => call(breaker)));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(1);
    expect(await store.read(key)).toMatchObject({ state: 'CLOSED', epoch: 3 });
    clock.on(31_000);
    await round();
    await round(true);
    const told = Object.keys((await store.read(key)) ?? {}).filter((name) => name.startsWith('F'));
    expect(told.length).toBeGreaterThan(0);
  });

  test('its rows are listed, and no others', async () => {
    await store.write(
      'BREAKER#a#b%23c',
      writes.hold(CLOSED_ROW, { state: 'OPEN' }, RULES, START_MS),
    );
    await table.call('PutItem', { TableName: 'Breakers', Item: { PK: { S: 'SYSTEM_STATE' } } });
    const keys = (await store.list()).map((item) => String(item['PK']));
    expect(keys).toContain('BREAKER#a#b%23c');
    expect(keys.every((key) => key.startsWith('BREAKER#'))).toBe(true);
    expect(partsOfKey('BREAKER#a#b%23c')).toEqual(['a', 'b#c']);
  });

  test('a table that is not there is away', async () => {
    const client = createDocumentClient(table.connection);
    onTestFinished(() => client.destroy());
    const none = new DynamoBreakerStore(client, 'Nowhere');
    await expect(none.read('BREAKER#a#b')).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(none.list()).rejects.toBeInstanceOf(StoreUnavailableError);
    const write = writes.giveBack(1, true);
    await expect(none.write('BREAKER#a#b', write)).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});

describe('rules from outside', () => {
  test.each([
    [{ quorum: 0 }, /quorum to be an integer from 1 to 64/],
    [{ failureThreshold: 2 }, /failureThreshold to be a number above 0 and at most 1/],
    [{ ramp: [50, 5] }, /ramp to be at most 10 growing numbers/],
    [{ windw: 1_000 }, /did you mean window/],
  ])('%j are refused in words', (given, words) => {
    expect(() => rulesOver(FLEET_DEFAULTS, given)).toThrow(words);
    expect(rulesOrNull(FLEET_DEFAULTS, given)).toBeNull();
  });
});

test('the role of the manual covers what the store does, on every key of a breaker and on no other', async () => {
  const manual = await readFile(new URL('../../docs/breaker/shared.md', import.meta.url), 'utf8');
  const [, block = ''] = /```json\n(.*?)```/s.exec(manual) ?? [];
  const role = JSON.parse(block) as {
    readonly Action: readonly string[];
    readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  };
  expect(role.Action).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
  const { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } = {} } = role.Condition;
  expect(keys).toEqual(['BREAKER#*']);
  const covered = /^BREAKER#.*$/;
  expect(breakerKeyOf('a', 'b', 'c')).toMatch(covered);
  for (const key of [stateKeyOf('default'), stateKeyOf('orders'), historyKeyOf('orders')]) {
    expect(key).not.toMatch(covered);
  }
  const asked = new Set<string>();
  table.onOperation((operation) => void asked.add(operation));
  await store.read('BREAKER#role#test');
  await store.write('BREAKER#role#test', writes.release(CLOSED_ROW, RULES, START_MS));
  expect([...asked].map((operation) => `dynamodb:${operation}`).toSorted()).toEqual(role.Action);
});

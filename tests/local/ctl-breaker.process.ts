/** `ctl breaker`: its words, and a session on a table. */
import { beforeAll, describe, expect, test } from 'vitest';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { readBreakerCommand } from '../../lib/local/ctl/breaker.ts';
import { openTable, type EmbeddedTable } from '../../lib/local/table.ts';
import { DynamoBreakerStore } from '../../lib/store/dynamo-breaker-store.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { serveTable } from '../store/served-table.ts';
import { patiently } from '../guard/given.ts';
import { runCtl } from './process.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 0, 0);
const read = (...args: string[]) => readBreakerCommand([...args, '--table', 'T'], NOW_MS).command;

describe('the words', () => {
  test.each([
    [['list', '--json'], { kind: 'list', json: true }],
    [['open', 'a/b'], { key: 'BREAKER#a#b', act: { override: { state: 'OPEN' } } }],
    [
      ['close', 'a/b/c d', '--for', '30m'],
      {
        key: 'BREAKER#a#b#c%20d',
        act: { override: { state: 'CLOSED', untilMs: NOW_MS + 1_800_000 } },
      },
    ],
    [['release', 'a/b'], { act: { kind: 'release' } }],
    [
      ['configure', 'a/b', 'failureThreshold=0.25', 'ramp=5,50'],
      { act: { options: { failureThreshold: 0.25, ramp: [5, 50] } } },
    ],
    [['configure', 'a/b', 'clear'], { act: { options: {} } }],
  ])('%j', (args, command) => {
    expect(read(...args)).toMatchObject(command);
  });

  test.each([
    [['shut', 'a/b'], /there is no breaker shut; there is list, open, close, release, configure/],
    [['open'], /takes SERVICE\/OPERATION/],
    [['open', 'a'], /got a$/],
    [['open', 'a/b', 'c'], /does not take c/],
    [['open', 'a/b', '--for', 'long'], /--for must be a number/],
    [['configure', 'a/b'], /the names are failureThreshold/],
    [['configure', 'a/b', 'quorum=0'], /quorum to be an integer from 1 to 64/],
    [['configure', 'a/b', 'quorm=3'], /did you mean quorum/],
  ])('%j are refused', (args, words) => {
    expect(() => read(...args)).toThrow(words);
  });

  test('without a table there is nothing to work on', () => {
    expect(() => readBreakerCommand(['list'], NOW_MS)).toThrow('give --stage or --table');
  });
});

describe('a session', () => {
  let table: EmbeddedTable;
  beforeAll(async () => {
    table = await openTable({ tableName: 'Breakers', region: 'us-east-1' });
    return () => table.close();
  });

  test('holds a breaker of a fleet, lets it go, changes its rules, and lists it', async () => {
    const { endpoint } = await serveTable(table);
    const env = {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: endpoint,
    };
    const ctl = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCtl(
        ['breaker', ...args, '--table', 'Breakers'],
        env,
      );
      return code === 0 ? stdout.trim() : stderr.trim();
    };
    const store = new DynamoBreakerStore(createDocumentClient(table.connection), 'Breakers');
    const named = { service: 'orders', operation: 'read' } as const;
    const breaker = () => new SharedCircuitBreaker({ ...named, store, within: patiently });
    expect(await ctl('list')).toBe('no breaker has a row: none has failed yet');
    expect(await ctl('open', 'orders/read', '--for', '1h')).toMatch(
      /^orders\/read {2}OPEN {2}epoch 1, 0 of 0 failed in 0 environments, held OPEN until 20/,
    );
    const refused = await breaker().tryExecute(async () => 'ok');
    expect(refused).toMatchObject({ ok: false, reason: 'rejected', error: { by: 'override' } });
    expect(await ctl('release', 'orders/read')).toContain('OPEN  epoch 2');
    expect(await ctl('close', 'orders/read')).toContain('held CLOSED until released');
    expect(await breaker().tryExecute(async () => 'ok')).toMatchObject({ ok: true });
    expect(await ctl('configure', 'orders/read', 'quorum=5')).toContain('epoch 4');
    const listed = JSON.parse(await ctl('list', '--json')) as Record<string, unknown>;
    expect(listed).toMatchObject({ 'orders/read': { state: 'CLOSED', rules: { quorum: 5 } } });
    await table.call('PutItem', {
      TableName: 'Breakers',
      Item: { PK: { S: 'BREAKER#bad#row' }, state: { S: 'MAYBE' }, epoch: { N: '7' } },
    });
    expect(await ctl('list')).toContain('bad/row  MALFORMED');
    expect(await ctl('close', 'bad/row')).toContain('bad/row  CLOSED  epoch 8');
  });
});

/** Guards of tenants: one that breaks falls alone, and there are as many rows as names. */
import { expect, test } from 'vitest';
import { withLevels } from '../../lib/entries/guard.ts';
import { CountingStore, HandClock, patiently } from './given.ts';

interface Call {
  readonly tenant: string;
  readonly fails?: boolean;
}

test('a tenant whose calls fail falls alone; who is nobody’s shares a row, whatever the name', async () => {
  const [store, clock] = [new CountingStore(), new HandClock()];
  const keys = new Set<string>();
  const seen = {
    read: (key: string) => store.read(key),
    write: async (...given: Parameters<CountingStore['write']>) => {
      keys.add(given[0]);
      return store.write(...given);
    },
  };
  const levels = (scope: string) =>
    withLevels({
      store: seen,
      clock,
      scope,
      within: patiently,
      policy: 'bank',
      full: async ({ fails = false }: Call) => ({ statusCode: fails ? 500 : 200, body: 'all' }),
      degraded: async () => ({ statusCode: 200, body: 'less' }),
      probe: () => {},
    });
  const tenants = new Map([
    ['a', levels('orders.acme')],
    ['b', levels('orders.globex')],
  ]);
  const everybody = levels('orders');
  const call = async (event: Call) => {
    const { body } = await (tenants.get(event.tenant) ?? everybody)(event, {});
    return body;
  };
  for (let i = 0; i < 5; i += 1) await call({ tenant: 'a', fails: true });
  clock.on(2_000);
  expect(await Promise.all(['a', 'b', 'x'].map((tenant) => call({ tenant })))).toEqual([
    'less',
    'all',
    'all',
  ]);
  for (const tenant of ['__proto__', 'constructor', 'orders.acme', 'y', 'z']) {
    await call({ tenant, fails: true });
  }
  clock.on(2_000);
  expect(await call({ tenant: 'x' })).toBe('less');
  expect(await call({ tenant: 'b' })).toBe('all');
  expect([...keys].toSorted()).toEqual([
    'HISTORY#SYSTEM_STATE#orders',
    'HISTORY#SYSTEM_STATE#orders.acme',
    'SYSTEM_STATE#orders',
    'SYSTEM_STATE#orders.acme',
  ]);
});
